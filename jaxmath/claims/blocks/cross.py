"""Blocks that read another sequence."""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    CrossBlockParams,
    cross_attention_block,
    gelu,
    mlp,
)
from jaxmath.verify.claim import identity, independence

HUTTER = "Phuong & Hutter 2022, arXiv:2207.09238"
SMOOTH = functools.partial(mlp, activation=gelu)


def _rows(first: int, last: int, n: int = 3, d: int = 2) -> np.ndarray:
    rows = np.zeros((n, d), bool)
    rows[first:last] = True
    return rows


@identity(
    source="Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3",
    at=dict(n=2, d=2, m=3, c=2),
    given=dict(params=_shapes.cross_block(2, 2), order=np.array([2, 0, 1])),
)
def what_is_read_has_no_order(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: CrossBlockParams, order: Int[Array, " m"]
):
    r"""The sequence that a block attends to may be permuted."""
    return cross_attention_block(x, z[order], params, feed=SMOOTH), cross_attention_block(
        x, z, params, feed=SMOOTH
    )


@what_is_read_has_no_order.mutant
def what_is_written_has_no_order(x, z, params, order):
    return cross_attention_block(x[::-1], z, params, feed=SMOOTH)[::-1], cross_attention_block(
        x, z, params, feed=SMOOTH
    )


@independence(
    source=f"{HUTTER}, algorithm 8", at=dict(n=3, d=2, m=2, c=2), given=dict(params=_shapes.cross_block(2, 2))
)
def what_is_written_does_not_see_its_future(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: CrossBlockParams
):
    r"""Row $t$ depends on rows of `x` up to $t$, and on no row of `z` that its mask hides."""
    hidden = np.array([[True, False]] * 3)
    out = cross_attention_block(x, z, params, cross_mask=jnp.asarray(hidden))
    return out, [(_rows(t, t + 1), dict(x=_rows(t + 1, 3), z=_rows(1, 2, 2))) for t in (0, 1)]


@what_is_written_does_not_see_its_future.mutant
def what_is_written_does_not_see_what_it_reads(x, z, params):
    out = cross_attention_block(x, z, params)
    return out, [(_rows(t, t + 1), dict(x=_rows(t + 1, 3), z=_rows(1, 2, 2))) for t in (0, 1)]
