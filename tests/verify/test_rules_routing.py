"""Sorting, the largest k, and entries that are routed by the order of other entries."""

import jax
import jax.numpy as jnp
import pytest
from jax import lax

from jaxmath import verify


def _spec(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def _pullback(function):
    return lambda *args: jax.vjp(function, *args[:-1])[1](args[-1])


X = _spec(3)
TURNED = jnp.array([2, 0, 1])
TRUE = {
    "sort forgets the order": (jnp.sort, lambda x: jnp.sort(x[TURNED])),
    "sort keeps the sum": (lambda x: jnp.sort(x).sum(), jnp.sum),
    "sort of the negative is turned round": (lambda x: jnp.sort(-x), lambda x: -jnp.sort(x)[::-1]),
    "argsort sorts": (lambda x: x[jnp.argsort(x)], jnp.sort),
    "last is largest": (lambda x: jnp.sort(x)[-1], jnp.max),
    "top_k is the end of sort": (lambda x: lax.top_k(x, 2)[0], lambda x: jnp.sort(x)[::-1][:2]),
    "top_k says where": (lambda x: x[lax.top_k(x, 2)[1]], lambda x: lax.top_k(x, 2)[0]),
    "argmax points at the maximum": (lambda x: x[jnp.argmax(x)], jnp.max),
    "argmin points at the minimum": (lambda x: x[jnp.argmin(x)], jnp.min),
    "one_hot of argmax picks": (lambda x: jax.nn.one_hot(jnp.argmax(x), 3) @ x, jnp.max),
    "slice at argmax": (lambda x: lax.dynamic_slice(x, (jnp.argmax(x),), (1,))[0], jnp.max),
    "write at argmax": (lambda x: jnp.zeros(3).at[jnp.argmax(x)].set(1.0) @ x, jnp.max),
    "rows are sorted one by one": (
        lambda x: jnp.stack([jnp.sort(x), jnp.sort(2 * x)]),
        lambda x: jnp.sort(jnp.stack([x, 2 * x]), axis=-1),
    ),
}
FALSE = {
    "sorted already": (jnp.sort, lambda x: x),
    "sort with the sign lost": (lambda x: jnp.sort(-x), lambda x: -jnp.sort(x)),
    "top_k of the wrong end": (lambda x: lax.top_k(x, 2)[0], lambda x: jnp.sort(x)[:2]),
    "argmax and the minimum": (lambda x: x[jnp.argmax(x)], jnp.min),
    "argmin and the maximum": (lambda x: x[jnp.argmin(x)], jnp.max),
    "argmax one further": (lambda x: x[(jnp.argmax(x) + 1) % 3], jnp.max),
    "first is largest": (lambda x: jnp.sort(x)[0], jnp.max),
}
# Two sorts of differently scaled rows hang on the order of both.
UNKNOWN_TOO = {"rows are sorted one by one"}


@pytest.mark.parametrize("name", TRUE)
def test_true(name):
    verdict = verify.prove_identity(*TRUE[name], X).verdict
    assert verdict == "proved" or (verdict == "unknown" and name in UNKNOWN_TOO)


@pytest.mark.parametrize("name", FALSE)
def test_false(name):
    assert verify.prove_identity(*FALSE[name], X).verdict == "refuted"


def test_known_order():
    ids = jnp.array([2, 0, 1])
    verify.assert_identity(lambda x: lax.sort((ids, x), num_keys=1)[1], lambda x: x[jnp.argsort(ids)], X)
    values, places = lax.top_k(jnp.array([1.0, 3.0, 2.0]), 2)
    verify.assert_identity(lambda x: x[places] * values, lambda x: jnp.stack([3 * x[1], 2 * x[2]]), X)


def test_ties_that_hang_on_unknowns():
    ids = jnp.array([0, 0, 1])
    certificate = verify.prove_identity(lambda x: lax.sort((ids, x), num_keys=2)[1], lambda x: x, X)
    assert certificate.verdict == "unknown"
    assert "sorted by a known key first and by unknown reals among its ties" in certificate.reason


def test_derivatives_follow_the_routes():
    verify.assert_vjp(jnp.sort, _pullback(jnp.sort), X)
    verify.assert_vjp(lambda x: lax.top_k(x, 2)[0], _pullback(lambda x: jnp.sort(x)[::-1][:2]), X)
    wrong = _pullback(lambda x: jnp.sort(x)[:2])
    assert verify.prove_vjp(lambda x: lax.top_k(x, 2)[0], wrong, X).verdict == "refuted"


def _routed(x, gate, w):
    """Each token goes to its best expert."""
    p = jax.nn.softmax(x @ gate)
    best, expert = lax.top_k(p, 1)
    return best * jnp.einsum("td,tdf->tf", x, w[expert[:, 0]])


def _dense(x, gate, w):
    """All experts are asked, all but the best are dropped."""
    p = jax.nn.softmax(x @ gate)
    kept = jnp.where(p >= p.max(-1, keepdims=True), p, 0)
    return jnp.einsum("te,td,edf->tf", kept, x, w)


EXPERTS = _spec(1, 2), _spec(2, 2), _spec(2, 2, 2)


def test_mixture_of_experts_by_routing_is_the_dense_one():
    verify.assert_identity(_routed, _dense, *EXPERTS)


def test_mixture_of_experts_by_the_worst_is_refuted():
    def worst(x, gate, w):
        return _routed(x, -gate, w)

    assert verify.prove_identity(worst, _dense, *EXPERTS).verdict == "refuted"
