import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions
from jaxmath.definitions import masks

attention, attention_lse, attention_weights = map(
    jax.jit, (definitions.attention, definitions.attention_lse, definitions.attention_weights)
)

N, M, D, E = 3, 4, 2, 2
MASK = jnp.array([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]], bool)


def reference(q, k, v, mask=None, bias=None, scale=None, soft_cap=None, sink=None):
    """One number after the other."""
    out, lse = np.zeros((len(q), v.shape[1]), np.longdouble), np.zeros(len(q), np.longdouble)
    for i in range(len(q)):
        below = np.exp(np.longdouble(sink)) if sink is not None else np.longdouble(0)
        for j in range(len(k)):
            if mask is None or mask[i, j]:
                x = sum(a * b for a, b in zip(q[i], k[j], strict=True))
                x = x * (np.longdouble(q.shape[1]) ** -0.5 if scale is None else scale)
                x = x if soft_cap is None else np.tanh(x / soft_cap) * soft_cap
                weight = np.exp(x if bias is None else x + bias[i, j])
                below += weight
                out[i] += weight * v[j]
        with np.errstate(divide="ignore"):
            lse[i] = np.log(below)
        out[i] = out[i] / below if below else 0
    return out, lse


HOW = [
    dict(),
    dict(mask=MASK),
    dict(bias=True),
    dict(soft_cap=2.0),
    dict(sink=0.5),
    dict(bias=True, mask=MASK, scale=0.25, soft_cap=0.5, sink=-1.0),
]


def cost(q, k, elementary, bias=0.0, scale=None, soft_cap=None, **_):
    """Roundings: scores (product, sum, scale, cap, bias) in the exponent, twice; exponentials; sum; mean."""
    size = (np.abs(q) @ np.abs(k).T).max() * (D**-0.5 if scale is None else scale) + np.abs(bias).max()
    in_scores = size * (D + 3 + (0 if soft_cap is None else elementary + 2))
    return 2 * (in_scores + elementary) + (M + 1) + 1 + M


@jax.jit
def attention_and_lse(q, k, v, mask=None, bias=None, **how):
    return attention(q, k, v, mask, bias, **how), attention_lse(q, k, mask, bias, **how)


@pytest.mark.parametrize("how", HOW)
def test_attention(how, draw, close, elementary):
    (q, wq), (k, wk), (v, wv), (b, wb) = draw(N, D), draw(M, D), draw(M, E), draw(N, M)
    out, lse = attention_and_lse(q, k, v, **(how | dict(bias=b) if "bias" in how else how))
    how = how | dict(bias=wb) if "bias" in how else how
    expected, expected_lse = reference(wq, wk, wv, **how)
    roundings = cost(wq, wk, elementary, **how)
    close(out, expected, roundings, size=np.abs(wv).max())
    some = np.isfinite(expected_lse.astype(float))
    lse, expected_lse = np.asarray(lse), expected_lse[some]
    close(lse[some], expected_lse, roundings + 1, size=1 + np.abs(expected_lse))
    assert np.all(lse[~some].astype(float) == -np.inf)


def test_weights_are_what_values_are_averaged_with(draw, close, elementary):
    (q, wq), (k, wk) = draw(N, D), draw(M, D)
    expected, _ = reference(wq, wk, np.eye(M, dtype=np.longdouble), mask=MASK, sink=0.25)
    close(attention_weights(q, k, MASK, sink=0.25), expected, cost(wq, wk, elementary))


def test_a_row_that_sees_nothing_is_zero_with_zero_gradient(draw):
    q, k, v, b = draw(N, D)[0], draw(M, D)[0], draw(M, E)[0], draw(N, M)[0]
    assert not np.asarray(attention(q, k, v, MASK), float)[1].any()
    mask = jnp.zeros((N, M), bool)
    for how in (dict(), dict(soft_cap=2.0), dict(sink=jnp.zeros((), q.dtype))):
        gradients = jax.grad(
            lambda *a, how=how: (attention(*a[:3], mask, a[3], **how) + 1).sum(), (0, 1, 2, 3)
        )
        assert not any(np.asarray(g, float).any() for g in jax.jit(gradients)(q, k, v, b))


def test_what_is_hidden_may_hold_anything(draw):
    q, k, v = draw(N, D)[0], draw(M, D)[0], draw(M, E)[0]
    hidden = jnp.where(MASK, 0, jnp.nan).astype(q.dtype)
    poisoned = jax.jit(jax.grad(lambda q, b: attention(q, k, v, MASK, b).sum(), (0, 1)))(q, hidden)
    assert all(np.isfinite(np.asarray(g, float)).all() for g in poisoned)
    assert (attention(q, k, v, MASK, hidden) == attention(q, k, v, MASK, jnp.zeros_like(hidden))).all()


def test_no_keys(dtype):
    q, k, v = jnp.ones((2, 3), dtype), jnp.ones((0, 3), dtype), jnp.ones((0, 4), dtype)
    assert attention(q, k, v).shape == (2, 4) and not attention(q, k, v).any()


def test_order_of_cap_and_bias(dtype):
    q, k, v = jnp.ones((1, 1), dtype), jnp.ones((1, 1), dtype), jnp.ones((1, 1), dtype)
    # The score is capped to less than 2; a bias of 8 comes on top.
    assert attention_lse(q, k, bias=8 * v, scale=64.0, soft_cap=2.0)[0] == 10


@pytest.mark.parametrize("mask", [None, masks.causal(4)])
def test_gradients_are_those_of_jax(mask):
    """`jax.nn` computes its softmax in float32 whatever the input."""
    q, k, v, dy = (jax.random.normal(key, (4, 2)) for key in jax.random.split(jax.random.key(0), 4))

    def peer(q, k, v):
        batched = jax.nn.dot_product_attention(*(a[None, :, None] for a in (q, k, v)), mask=mask)
        return batched[0, :, 0]

    def pull(f):
        return jax.jit(lambda *a: jax.vjp(f, *a)[1](dy))(q, k, v)

    ours, theirs = pull(lambda *a: attention(*a, mask)), pull(peer)
    for a, b in zip(ours, theirs, strict=True):
        # About 60 roundings on either side, of terms of size at most 8.
        np.testing.assert_allclose(a, b, rtol=0, atol=2 * 60 * 2.0**-24 * 8)
