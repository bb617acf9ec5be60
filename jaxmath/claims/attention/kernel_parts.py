"""Attention: what the kernel makes of parts of the keys, of a cache, and of other orders."""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.kernels.attention import decode_attention, merge, paged_attention
from jaxmath.verify.claim import identity

SIZES = dict(n=2, m=6, d=2, e=2)
POPE = "Pope et al. 2022, arXiv:2211.05102, section 2"
KWON = "Kwon et al. 2023, arXiv:2309.06180, section 4.1"
# Two queries, two keys, one head at once: more than one block of each.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


def _parts(q: Array, k: Array, v: Array, *ends: int, **how: Array) -> list:
    """Attention over the keys between these ends, with log-sum-exps; the first part has the options."""
    spans = zip((0, *ends), (*ends, k.shape[0]), strict=True)
    more = [how, *[{}] * len(ends)]
    return [attention(q, k[i:j], v[i:j], return_lse=True, **x) for (i, j), x in zip(spans, more, strict=True)]


@identity(source="Dao et al. 2023, Flash-Decoding (blog of Stanford CRFM)", at=SIZES)
def merged_parts_are_the_whole(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], sink: Float[Array, ""]
):
    r"""Means and log-sum-exps of two or three parts give those of all keys; one part has the sink."""
    whole = attention(q, k, v, sink=sink, return_lse=True)
    return tuple(merge(_parts(q, k, v, *ends, sink=sink)) for ends in ((2,), (1, 3))), (whole,) * 2


@merged_parts_are_the_whole.mutant
def every_part_has_the_sink(q, k, v, sink):
    parts = [attention(q, k[i:j], v[i:j], sink=sink, return_lse=True) for i, j in ((0, 2), (2, 6))]
    return merge(parts), attention(q, k, v, sink=sink, return_lse=True)


@merged_parts_are_the_whole.mutant
def merged_parts_are_their_mean(q, k, v, sink):
    (a, _), (b, _) = _parts(q, k, v, 3)
    return (a + b) / 2, attention(q, k, v)


@identity(source="Milakov & Gimelshein 2018, arXiv:1805.02867, section 3.1", at=SIZES)
def merging_is_associative_and_free_of_order(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""$(a \oplus b) \oplus c = a \oplus (b \oplus c) = c \oplus (b \oplus a)$; no keys add nothing."""
    a, b, c = _parts(q, k, v, 1, 3)
    nothing = attention(q, k, v, key_lengths=jnp.asarray(0), return_lse=True)
    left = (merge([merge([a, b]), c]), merge([c, merge([b, a])]), merge([nothing, a]), merge([a, nothing]))
    right = merge([a, merge([b, c])])
    return left, (right, right, a, a)


@merging_is_associative_and_free_of_order.mutant
def merging_weights_the_last_part_as_the_first(q, k, v):
    a, b, c = _parts(q, k, v, 1, 3)
    swapped = [(a[0], b[1]), (b[0], a[1]), c]
    return merge(swapped), merge([a, merge([b, c])])


CACHE = dict(lengths=np.array([5]))


@identity(source=POPE, at=SIZES, given=CACHE)
def decoding_is_the_end_of_causal_attention(
    q: Float[Array, "m d"], k: Float[Array, "m d"], v: Float[Array, "m e"], lengths: Int[Array, "1"]
):
    r"""One new query, or two, against a cache of five with room for six: rows of the whole computation."""
    new = (q[None, 4:5], q[None, 3:5])
    ours = tuple(decode_attention(x, k[None], v[None], lengths) for x in new)
    near = decode_attention(new[1], k[None], v[None], lengths, window=1)
    whole = definitions.attention(q[:5], k[:5], v[:5], masks.causal(5))
    windowed = definitions.attention(q[:5], k[:5], v[:5], masks.window(5, left=1, right=0))
    return (*ours, near), (whole[None, 4:], whole[None, 3:], windowed[None, 3:])


@decoding_is_the_end_of_causal_attention.mutant
def decoding_sees_the_room_that_is_left(q, k, v, lengths):
    ours = decode_attention(q[None, 4:5], k[None], v[None], lengths)
    return ours, definitions.attention(q[4:5], k, v)[None]


@decoding_is_the_end_of_causal_attention.mutant
def decoding_is_one_key_behind(q, k, v, lengths):
    ours = decode_attention(q[None, 4:5], k[None], v[None], lengths)
    return ours, definitions.attention(q[4:5], k[:4], v[:4])[None]


PAGES = dict(table=np.array([[2, 0, 1]]), lengths=np.array([5]))


@identity(source=KWON, at=dict(m=6, d=2, e=2), given=PAGES)
def pages_in_any_place_are_a_cache(
    q: Float[Array, "d"], k: Float[Array, "m d"], v: Float[Array, "m e"],
    table: Int[Array, "1 3"], lengths: Int[Array, "1"],
):  # fmt: skip
    r"""Pages of two positions, read one, two or three at a time in the order of the table."""
    keys, values = (x.reshape(3, 1, 2, 2) for x in (k, v))
    query = q[None, None, None, None]
    order = np.array([4, 5, 0, 1, 2, 3])
    whole = definitions.attention(q[None], k[order][:5], v[order][:5])[None, None, None]
    paged = functools.partial(paged_attention, query, keys, values, table, lengths)
    return tuple(paged(at_once=x) for x in (1, 2, 3)), (whole,) * 3


@pages_in_any_place_are_a_cache.mutant
def pages_are_read_in_the_order_of_the_pool(q, k, v, table, lengths):
    keys, values = (x.reshape(3, 1, 2, 2) for x in (k, v))
    whole = definitions.attention(q[None], k[:5], v[:5])[None, None, None]
    return paged_attention(q[None, None, None, None], keys, values, table, lengths, at_once=1), whole


@identity(source=KWON, at=dict(m=6, d=2, e=2), given=PAGES)
def pages_share_one_sink(
    q: Float[Array, "d"], k: Float[Array, "m d"], v: Float[Array, "m e"], sink: Float[Array, ""],
    table: Int[Array, "1 3"], lengths: Int[Array, "1"],
):  # fmt: skip
    r"""However many times pages are read, the sink counts once."""
    keys, values = (x.reshape(3, 1, 2, 2) for x in (k, v))
    order = np.array([4, 5, 0, 1, 2, 3])
    whole = definitions.attention(q[None], k[order][:5], v[order][:5], sink=sink)[None, None, None]
    paged = functools.partial(paged_attention, q[None, None, None, None], keys, values, table, lengths)
    return tuple(paged(at_once=x, sink=sink[None, None]) for x in (1, 3)), (whole,) * 2


@pages_share_one_sink.mutant
def a_sink_is_a_key_with_a_value(q, k, v, sink, table, lengths):
    keys, values = (x.reshape(3, 1, 2, 2) for x in (k, v))
    found = paged_attention(q[None, None, None, None], keys, values, table, lengths, sink=sink[None, None])
    order = np.array([4, 5, 0, 1, 2, 3])
    return found, definitions.attention(q[None], k[order][:5], v[order][:5])[None, None, None]
