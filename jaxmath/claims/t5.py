"""What is true of T5's relative positions."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import attention, relative_position_bucket, t5_bias
from jaxmath.verify.claim import accounting, derivative, distribution, identity

RAFFEL = "Raffel et al. 2020, arXiv:1910.10683, section 2.1"
MESH = "mesh_tensorflow, transformer_layers.py, _relative_position_bucket"
FAR = np.arange(-300, 301, dtype=np.int32)


def _relative(n: int, m: int) -> Array:
    return jnp.arange(m)[None, :] - jnp.arange(n)[:, None]


@accounting(source=f"{RAFFEL}: 32 embeddings, ranges up to an offset of 128")
def thirty_two_buckets_end_at_distance_128():
    r"""Every bucket but one is used; the last begins at a distance below 128 and holds all beyond."""
    buckets = np.asarray(relative_position_bucket(jnp.asarray(FAR)))
    used, last = len(np.unique(buckets)), int(buckets[FAR == -128].item())
    return [used, last, int(buckets[FAR == -300].item()), int(buckets.max())], [31, 15, 15, 31]


@thirty_two_buckets_end_at_distance_128.mutant
def sixteen_buckets_end_at_distance_128():
    buckets = np.asarray(relative_position_bucket(jnp.asarray(FAR), buckets=16))
    used, last = len(np.unique(buckets)), int(buckets[FAR == -128].item())
    return [used, last, int(buckets[FAR == -300].item()), int(buckets.max())], [31, 15, 15, 31]


@distribution(source=MESH)
def buckets_are_those_of_the_logarithm():
    r"""With whole-number edges the buckets are those of the formula, for all distances to 300."""
    r = -FAR[FAR < 0]
    exact, steps = 16, 16
    log = exact + np.floor(1e-12 + steps * np.log(np.maximum(r, 1) / exact) / np.log(128 / exact)).astype(int)
    formula = np.where(r < exact, r, np.minimum(log, 31))
    return np.asarray(relative_position_bucket(jnp.asarray(-r), bidirectional=False)), formula


@buckets_are_those_of_the_logarithm.mutant
def buckets_are_those_of_the_rounded_logarithm():
    r = -FAR[FAR < 0]
    log = 16 + np.round(16 * np.log(np.maximum(r, 1) / 16) / np.log(8)).astype(int)
    return np.asarray(relative_position_bucket(jnp.asarray(-r), bidirectional=False)), np.where(
        r < 16, r, np.minimum(log, 31)
    )


@distribution(source=MESH)
def buckets_grow_with_distance_and_directions_have_their_own():
    r"""Bucket numbers never fall with distance; later keys have those of earlier ones, moved by 16."""
    near = np.asarray(relative_position_bucket(-jnp.arange(301)))
    ahead = np.asarray(relative_position_bucket(jnp.arange(1, 301)))
    return (np.sort(near), ahead), (near, near[1:] + 16)


@buckets_grow_with_distance_and_directions_have_their_own.mutant
def directions_share_their_buckets():
    near = np.asarray(relative_position_bucket(-jnp.arange(301)))
    ahead = np.asarray(relative_position_bucket(jnp.arange(1, 301)))
    return (np.sort(near), ahead), (near, near[1:])


@distribution(source=MESH)
def without_directions_later_keys_share_bucket_zero():
    r"""One-directional buckets: zero for every key after the query, 0 to 31 before it."""
    buckets = np.asarray(relative_position_bucket(jnp.asarray(FAR), bidirectional=False))
    return (buckets[FAR >= 0], np.unique(buckets)), (0 * FAR[FAR >= 0], np.arange(32))


@without_directions_later_keys_share_bucket_zero.mutant
def with_directions_later_keys_share_bucket_zero():
    buckets = np.asarray(relative_position_bucket(jnp.asarray(FAR), bidirectional=True))
    return (buckets[FAR >= 0], np.arange(32)), (0 * FAR[FAR >= 0], np.arange(32))


@derivative(source=RAFFEL, at=dict(b=6, h=2))
def tables_collect_gradients_by_bucket(table: Float[Array, "b h"]):
    r"""The cotangent of a row is the sum over all pairs in its bucket."""

    def vjp(table, dy):
        bucket = relative_position_bucket(_relative(3, 4), True, 6, 5)
        return jnp.stack([jnp.where(bucket == row, dy, 0).sum((1, 2)) for row in range(6)])

    return lambda table: t5_bias(table, 3, 4, max_distance=5), vjp


@tables_collect_gradients_by_bucket.mutant
def tables_keep_the_last_gradient_of_a_bucket(table):
    def vjp(table, dy):
        bucket = relative_position_bucket(_relative(3, 4), True, 6, 5)
        return jnp.zeros_like(table).at[bucket].set(jnp.moveaxis(dy, 0, -1))

    return lambda table: t5_bias(table, 3, 4, max_distance=5), vjp


@identity(source=RAFFEL, at=dict(b=6, n=3, d=2, e=2))
def biases_know_relative_positions_only(
    table: Float[Array, "b 1"], q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""Constant along diagonals; one number for all buckets cancels in attention."""
    bias = t5_bias(table, 5)[0]
    same = t5_bias(jnp.broadcast_to(table[:1], table.shape), 3)[0]
    return (bias[1:, 1:], attention(q, k, v, bias=same)), (bias[:-1, :-1], attention(q, k, v))


@biases_know_relative_positions_only.mutant
def biases_are_symmetric(table, q, k, v):
    bias = t5_bias(table, 5)[0]
    return bias, bias.T
