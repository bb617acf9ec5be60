"""Attention: the kernel's ways of hiding are the textbook's masks."""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.verify.claim import identity

VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, section 3.1"
SIZES = dict(n=3, m=5, d=2, e=2)
# Two queries, two keys, one head at once: more than one block of each, and the last one is not full.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


@identity(source="Dao et al. 2022, arXiv:2205.14135, theorem 1", at=SIZES)
def the_kernel_is_attention(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""Blocks of queries and keys with a running maximum change nothing, whatever their sizes."""
    blocks = ((2, 2, 1), (1, 3, 1), None)
    return tuple(kernels.attention(q, k, v, block=x) for x in blocks), (definitions.attention(q, k, v),) * 3


@the_kernel_is_attention.mutant
def the_kernel_is_attention_without_a_scale(q, k, v):
    blocks = ((2, 2, 1), (1, 3, 1), None)
    scaled = definitions.attention(q, k, v, scale=1.0)
    return tuple(kernels.attention(q, k, v, block=x) for x in blocks), (scaled,) * 3


@identity(source=VASWANI, at=SIZES)
def causal_is_the_causal_mask(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""In both alignments: query $i$ at key $i$, or the last query at the last key."""
    ours = tuple(attention(q, k, v, causal=True, align=x) for x in ("top-left", "bottom-right"))
    mask = functools.partial(masks.causal, q.shape[0], k.shape[0])
    return ours, tuple(definitions.attention(q, k, v, mask(x)) for x in ("top-left", "bottom-right"))


@causal_is_the_causal_mask.mutant
def both_alignments_are_the_same(q, k, v):
    ours = tuple(attention(q, k, v, causal=True, align=x) for x in ("top-left", "bottom-right"))
    return ours, (definitions.attention(q, k, v, masks.causal(q.shape[0], k.shape[0])),) * 2


@identity(source="ONNX operators, Attention-25, is_causal", at=SIZES, given=dict(start=np.array(1)))
def an_offset_places_the_first_query(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], start: Int[Array, ""]
):
    r"""Query $i$ sees keys $j \le i + s$, where $s$ is a number or an array."""
    ours = tuple(attention(q, k, v, causal=True, offset=x) for x in (1, start))
    return ours, (definitions.attention(q, k, v, masks.window(3, 5, right=1)),) * 2


@an_offset_places_the_first_query.mutant
def an_offset_counts_from_the_last_key(q, k, v, start):
    ours = tuple(attention(q, k, v, causal=True, offset=x) for x in (1, start))
    return ours, (definitions.attention(q, k, v, masks.causal(3, 5, "bottom-right")),) * 2


@identity(source="Beltagy et al. 2020, arXiv:2004.05150, section 3.1", at=dict(n=5, m=5, d=2, e=2))
def a_window_is_the_window_mask(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""To the left, to the right, to both sides; `causal` cuts its right side off."""
    sides = ((1, None), (None, 1), (1, 2))
    ours = (*(attention(q, k, v, window=x) for x in sides), attention(q, k, v, window=(1, 2), causal=True))
    allowed = (*(masks.window(5, 5, *x) for x in sides), masks.window(5, 5, 1, 0))
    return ours, tuple(definitions.attention(q, k, v, mask) for mask in allowed)


@a_window_is_the_window_mask.mutant
def a_window_of_two_keys_reaches_two_keys_back(q, k, v):
    sides = ((1, None), (None, 1), (1, 2))
    ours = (*(attention(q, k, v, window=x) for x in sides), attention(q, k, v, window=(1, 2), causal=True))
    allowed = (*(masks.window(5, 5, *x) for x in sides), masks.window(5, 5, 2, 0))
    return ours, tuple(definitions.attention(q, k, v, mask) for mask in allowed)


@identity(
    source="Raffel et al. 2020, arXiv:1910.10683, section 3.2.1", at=SIZES, given=dict(length=np.array(3))
)
def a_prefix_is_seen_by_all(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], length: Int[Array, ""]
):
    r"""The first keys are seen by every query, the others by those that come after them."""
    ours = attention(q, k, v, causal=True, prefix=length)
    return ours, definitions.attention(q, k, v, masks.prefix(q.shape[0], k.shape[0], length))


@a_prefix_is_seen_by_all.mutant
def a_prefix_includes_the_key_at_its_length(q, k, v, length):
    ours = attention(q, k, v, causal=True, prefix=length)
    return ours, definitions.attention(q, k, v, masks.prefix(q.shape[0], k.shape[0], length + 1))


IDS = dict(ours=np.array([0, 0, 1]), theirs=np.array([0, 1, 1, 1, 2]))


@identity(source="Krell et al. 2021, arXiv:2107.02027, section 3.2.2", at=SIZES, given=IDS)
def segments_are_the_segment_mask(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"],
    ours: Int[Array, " n"], theirs: Int[Array, " m"],
):  # fmt: skip
    r"""Packed sequences: a query sees the keys of its own segment, in sorted order or not."""
    shuffled = jnp.asarray([1, 3, 0, 4, 2])
    seen = (attention(q, k, v, segments=(ours, x)) for x in (theirs, theirs[shuffled]))
    allowed = (masks.segment(ours, x) for x in (theirs, theirs[shuffled]))
    return tuple(seen), tuple(definitions.attention(q, k, v, mask) for mask in allowed)


@segments_are_the_segment_mask.mutant
def segments_of_queries_are_those_of_the_first_keys(q, k, v, ours, theirs):
    shuffled = jnp.asarray([1, 3, 0, 4, 2])
    seen = (attention(q, k, v, segments=(ours, x)) for x in (theirs, theirs[shuffled]))
    allowed = (masks.segment(x[:3], x) for x in (theirs, theirs[shuffled]))
    return tuple(seen), tuple(definitions.attention(q, k, v, mask) for mask in allowed)


HIDING = dict(
    mask=np.array([[1, 1, 0, 1, 1], [0, 1, 1, 1, 0], [1, 1, 1, 0, 1]], bool),
    counts=np.array([2, 4]),
)


@identity(source=VASWANI, at=SIZES, given=HIDING)
def restrictions_hold_together(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"],
    mask: Bool[Array, "n m"], counts: Int[Array, "2"],
):  # fmt: skip
    r"""A mask, a window, and lengths of queries and keys: a key is seen where all of them allow it."""
    ours = attention(q, k, v, mask, window=(2, 1), query_lengths=counts[0], key_lengths=counts[1])
    both = masks.and_(mask, masks.window(3, 5, 2, 1), masks.padding(3, 5, counts[1], counts[0]))
    return ours, definitions.attention(q, k, v, both)


@restrictions_hold_together.mutant
def a_mask_replaces_the_window(q, k, v, mask, counts):
    ours = attention(q, k, v, mask, window=(2, 1), query_lengths=counts[0], key_lengths=counts[1])
    both = masks.and_(mask, masks.padding(3, 5, counts[1], counts[0]))
    return ours, definitions.attention(q, k, v, both)


@restrictions_hold_together.mutant
def lengths_of_keys_are_those_of_queries(q, k, v, mask, counts):
    ours = attention(q, k, v, mask, window=(2, 1), query_lengths=counts[0], key_lengths=counts[1])
    both = masks.and_(mask, masks.window(3, 5, 2, 1), masks.padding(3, 5, counts[0], counts[0]))
    return ours, definitions.attention(q, k, v, both)
