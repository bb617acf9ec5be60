"""Attention over pages whose scores depend on distances."""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.definitions import masks
from jaxmath.kernels.attention import paged_attention
from jaxmath.verify.claim import identity

KWON = "Kwon et al. 2023, arXiv:2309.06180, section 4.1"
PAGES = dict(table=np.array([[2, 0, 1]]), lengths=np.array([5]))
# Five positions in pages 2, 0 and 1 of two each.
ORDER = np.array([4, 5, 0, 1, 2])


def _paged(q: Array, k: Array, v: Array, table: Array, lengths: Array):
    keys, values = (x.reshape(3, 1, 2, -1) for x in (k, v))
    return functools.partial(paged_attention, q[None, None, None], keys, values, table, lengths)


def _causal(q: Array, k: Array, v: Array, bias: Array) -> Array:
    """The last two of five queries over keys and values in their order."""
    mask = masks.causal(2, 5, "bottom-right")
    return definitions.attention(q, k[ORDER], v[ORDER], mask, bias)[None, None, None]


@identity(
    source=f"{KWON}; Press et al. 2021, arXiv:2108.12409, section 3", at=dict(n=2, m=6, d=1, e=1), given=PAGES
)
def distances_are_those_of_positions_not_of_places(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], slope: Float[Array, ""],
    table: Int[Array, "1 3"], lengths: Int[Array, "1"],
):  # fmt: skip
    r"""With slopes, two queries over pages, one or two at a time, get ALiBi of the positions in order."""
    bias = definitions.alibi_bias(slope[None], 2, 5, "bottom-right")[0]
    found = _paged(q, k, v, table, lengths)
    return [found(slopes=slope[None, None], at_once=x) for x in (1, 2)], [_causal(q, k, v, bias)] * 2


@distances_are_those_of_positions_not_of_places.mutant
def distances_are_those_of_places_in_the_pool(q, k, v, slope, table, lengths):
    bias = slope * (jnp.asarray(ORDER, jnp.float32)[None] - jnp.array([[1.0], [2.0]]))
    return _paged(q, k, v, table, lengths)(slopes=slope[None, None]), _causal(q, k, v, bias)


@identity(
    source=f"{KWON}; Raffel et al. 2019, arXiv:1910.10683, section 2.1",
    at=dict(n=2, m=6, d=1, e=1),
    given=PAGES,
)
def pages_take_their_part_of_a_bias(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], bias: Float[Array, "n m"],
    table: Int[Array, "1 3"], lengths: Int[Array, "1"],
):  # fmt: skip
    r"""A bias of every query and position is added to the scores, and beyond the length is not read."""
    found = _paged(q, k, v, table, lengths)
    whole = _causal(q, k, v, bias[:, :5])
    return [found(bias=bias[None, None, None], at_once=x) for x in (1, 2)], [whole] * 2


@pages_take_their_part_of_a_bias.mutant
def biases_follow_the_pages(q, k, v, bias, table, lengths):
    found = _paged(q, k, v, table, lengths)
    return found(bias=bias[None, None, None]), _causal(q, k, v, bias[:, ORDER])
