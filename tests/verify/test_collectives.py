"""Programs for many devices are the programs for one that they stand for."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.sharding import AbstractMesh, AxisType
from jax.sharding import PartitionSpec as P

from jaxmath import definitions, verify

N = 4
LINE = AbstractMesh((N,), ("i",), axis_types=(AxisType.Auto,))
RING = [(j, (j + 1) % N) for j in range(N)]


def _spec(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


SPREAD = P("i")


def _on_line(local, inputs=SPREAD, outputs=SPREAD, **options):
    return jax.shard_map(local, mesh=LINE, in_specs=inputs, out_specs=outputs, **options)


def _pullback(function):
    return lambda *args: jax.vjp(function, *args[:-1])[1](args[-1])


def _here(x):
    return lax.axis_index("i").astype(x.dtype)


# JAX's own batching of a named axis is a second implementation of the collectives.
COLLECTIVES = {
    "psum": lambda x: x * lax.psum(x, "i"),
    "pmean": lambda x: x - lax.pmean(x, "i"),
    "pmax": lambda x: x - lax.pmax(x, "i"),
    "pmin": lambda x: x - lax.pmin(x, "i"),
    "axis_index": lambda x: x * _here(x),
    "ppermute": lambda x: x + lax.ppermute(x, "i", RING),
    "all_gather": lambda x: x @ lax.all_gather(x, "i").reshape(-1, 4).T,
    "all_gather_tiled": lambda x: lax.all_gather(x, "i", axis=1, tiled=True),
    "psum_scatter": lambda x: lax.psum_scatter(x * _here(x), "i", scatter_dimension=1),
    "psum_scatter_tiled": lambda x: lax.psum_scatter(x, "i", scatter_dimension=1, tiled=True),
    "all_to_all": lambda x: lax.all_to_all(x, "i", 1, 0).reshape(2, 4),
    "all_to_all_tiled": lambda x: lax.all_to_all(x, "i", 1, 0, tiled=True),
}


@pytest.mark.parametrize("name", COLLECTIVES)
def test_collective_is_what_jax_makes_of_it_on_one_device(name):
    local = COLLECTIVES[name]

    def sharded(x):
        whole = _on_line(lambda x: local(x)[None], outputs=P("i"), check_vma=False)
        return whole(x)

    def batched(x):
        return jax.vmap(local, axis_name="i")(x.reshape(N, 2, 4))

    verify.assert_identity(sharded, batched, _spec(2 * N, 4))


@pytest.mark.parametrize("name", ["psum", "ppermute", "all_to_all_tiled"])
def test_collective_is_not_another(name):
    local = COLLECTIVES[name]
    whole = _on_line(lambda x: local(x)[None], check_vma=False)
    turned = _on_line(lambda x: local(lax.ppermute(x, "i", RING))[None], check_vma=False)
    assert verify.prove_identity(whole, turned, _spec(2 * N, 4)).verdict == "refuted"


def test_who_is_sent_nothing_receives_zeros():
    some = _on_line(lambda x: lax.ppermute(x, "i", [(0, 2), (3, 1)]))
    verify.assert_identity(some, lambda x: jnp.stack([0 * x[0], x[3], x[0], 0 * x[0]]), _spec(N, 2))


def test_broadcast_and_subgroups():
    sent = _on_line(lambda x: lax.pbroadcast(x, "i", 2), check_vma=False)
    verify.assert_identity(sent, lambda x: jnp.tile(x[2:3], (N, 1)), _spec(N, 3))
    pairs = _on_line(lambda x: lax.psum(x, "i", axis_index_groups=[[0, 1], [2, 3]]), check_vma=False)
    verify.assert_identity(pairs, lambda x: jnp.repeat(x.reshape(2, 2, 3).sum(1), 2, 0), _spec(N, 3))


def _ring_attention(q, k, v, corrected=True):
    """Keys and values go round the ring; each device keeps its queries."""

    def step(carry, _):
        top, total, out, k, v = carry
        x = q_here(q_local) @ k.T
        new = jnp.maximum(top, x.max(-1))
        shrink, e = jnp.exp(top - new), jnp.exp(x - new[:, None])
        total = total * shrink + e.sum(-1)
        out = out * (shrink[:, None] if corrected else 1) + e @ v
        return (new, total, out, *(lax.ppermute(a, "i", RING) for a in (k, v))), None

    def q_here(q):
        return q / jnp.sqrt(q.shape[-1])

    def local(q, k, v):
        nonlocal q_local
        q_local = q
        zero = 0 * q[:, 0]
        start = (zero - jnp.inf, zero, 0 * q, k, v)
        (_, total, out, _, _), _ = lax.scan(step, start, None, length=N)
        return out / total[:, None]

    q_local = None
    return _on_line(local)(q, k, v)


SEQUENCES = [_spec(N, 2)] * 3


def test_ring_attention_is_attention():
    verify.assert_identity(_ring_attention, definitions.attention, *SEQUENCES)


def test_ring_attention_without_correction_is_refuted():
    wrong = functools.partial(_ring_attention, corrected=False)
    assert verify.prove_identity(wrong, definitions.attention, *SEQUENCES).verdict == "refuted"


def _mlp(x, w1, w2):
    return jax.nn.silu(x @ w1) @ w2


WIDTHS = _spec(2, 3), _spec(3, N), _spec(N, 3)
_parallel_mlp = _on_line(lambda *a: lax.psum(_mlp(*a), "i"), (P(), P(None, "i"), P("i")), P())


def test_tensor_parallel_feedforward_is_feedforward():
    verify.assert_identity(_parallel_mlp, _mlp, *WIDTHS)
    verify.assert_vjp(_mlp, _pullback(_parallel_mlp), *WIDTHS)


def test_tensor_parallel_feedforward_that_averages_is_refuted():
    wrong = _on_line(lambda *a: lax.pmean(_mlp(*a), "i"), (P(), P(None, "i"), P("i")), P())
    assert verify.prove_identity(wrong, _mlp, *WIDTHS).verdict == "refuted"


LABELS = np.array([0, 2, 3])


def _cross_entropy(h, w):
    logits = h @ w.T
    chosen = jnp.take_along_axis(logits, LABELS[:, None], 1)[:, 0]
    return jax.nn.logsumexp(logits, axis=-1) - chosen


def _vocabulary_parallel(h, w, joined=lax.psum):
    def local(h, w):
        logits = h @ w.T
        size = logits.shape[-1]
        top = lax.pmax(lax.stop_gradient(logits.max(-1)), "i")
        total = joined(jnp.exp(logits - top[:, None]).sum(-1), "i")
        place = LABELS - lax.axis_index("i") * size
        inside = (place >= 0) & (place < size)
        chosen = jnp.take_along_axis(logits, jnp.clip(place, 0, size - 1)[:, None], 1)[:, 0]
        return jnp.log(total) + top - lax.psum(jnp.where(inside, chosen, 0), "i")

    return _on_line(local, (P(), P("i")), P())(h, w)


VOCABULARY = _spec(3, 2), _spec(N, 2)


def test_vocabulary_parallel_cross_entropy_is_cross_entropy():
    verify.assert_identity(_vocabulary_parallel, _cross_entropy, *VOCABULARY)
    verify.assert_vjp(_cross_entropy, _pullback(_vocabulary_parallel), *VOCABULARY)


def test_vocabulary_parallel_cross_entropy_that_averages_is_refuted():
    wrong = functools.partial(_vocabulary_parallel, joined=lax.pmean)
    assert verify.prove_identity(wrong, _cross_entropy, *VOCABULARY).verdict == "refuted"


def test_mesh_of_two_axes():
    mesh = AbstractMesh((2, 2), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
    both = jax.shard_map(
        lambda a, b: lax.psum(a @ b, "y"), mesh=mesh, in_specs=(P("x", "y"), P("y")), out_specs=P("x")
    )
    verify.assert_identity(both, jnp.matmul, _spec(4, 4), _spec(4, 3))
    flat = jax.shard_map(lambda a: 2 * a, mesh=mesh, in_specs=P(("x", "y")), out_specs=P(("y", "x")))
    order = np.array([0, 2, 1, 3])
    verify.assert_identity(flat, lambda a: 2 * a[order], _spec(4, 3))


def test_loops_and_checkpoints_around_collectives():
    def local(x):
        return lax.fori_loop(0, N, jax.checkpoint(lambda _, x: lax.ppermute(x, "i", RING)), x)

    verify.assert_identity(_on_line(local), lambda x: x, _spec(N, 3))


def _reason(local, **options):
    certificate = verify.prove_identity(_on_line(local, **options), lambda x: x, _spec(N, N))
    assert certificate.verdict == "unknown"
    return certificate.reason


def test_output_that_differs_from_device_to_device_is_no_output():
    reason = _reason(lambda x: jnp.tile(x, (N, 1)), outputs=P(), check_vma=False)
    assert "said to be the same on devices on which it is not" in reason
    assert "out_specs" in reason


def test_branches_that_differ_around_a_collective():
    def local(x):
        return lax.cond(lax.axis_index("i") == 0, lambda x: lax.psum(x, "i"), lambda x: x, x)

    assert "devices take different branches around a collective" in _reason(local, check_vma=False)


def test_map_inside_a_map():
    mesh = AbstractMesh((2, 2), ("x", "y"), axis_types=(AxisType.Auto,) * 2)

    def inner(x):
        return jax.shard_map(lambda x: lax.psum(x, "y"), in_specs=P(), out_specs=P(), axis_names={"y"})(x)

    outer = jax.shard_map(inner, mesh=mesh, in_specs=P("x"), out_specs=P("x"), axis_names={"x"})
    certificate = verify.prove_identity(outer, lambda x: 2 * x, _spec(4, 2))
    assert certificate.verdict == "unknown"
    assert "a shard_map inside a shard_map has no rule" in certificate.reason
