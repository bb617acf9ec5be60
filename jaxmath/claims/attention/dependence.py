"""Attention: what may change which answer."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import attention, masks
from jaxmath.verify.claim import identity, independence

SEGMENTS = np.array([0, 0, 1, 1, 1])
SIZES = dict(n=5, d=2, e=3)


def _rows(marked: np.ndarray, width: int) -> np.ndarray:
    return np.repeat(np.asarray(marked, bool)[:, None], width, 1)


def _pairs(allowed: np.ndarray, d: int, e: int, keys: tuple[str, ...] = ("k", "v")) -> list:
    """For each query: its row of the output, and the keys and values that it may not see."""
    widths = dict(x=d, q=d, k=d, v=e)
    rows = np.eye(len(allowed), dtype=bool)
    return [
        (_rows(rows[i], e), {key: _rows(~seen, widths[key]) for key in keys})
        for i, seen in enumerate(allowed)
        if not seen.all()
    ]


@independence(source="Phuong & Hutter 2022, arXiv:2207.09238, algorithm 4", at=SIZES)
def causal_attention_does_not_see_the_future(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""Answer $i$ does not change with any key or value $j > i$."""
    return attention(q, k, v, masks.causal(5)), _pairs(np.tri(5, dtype=bool), 2, 3)


@causal_attention_does_not_see_the_future.mutant
def causal_attention_does_not_see_the_present(q, k, v):
    return attention(q, k, v, masks.causal(5)), _pairs(np.tri(5, k=-1, dtype=bool), 2, 3)


@causal_attention_does_not_see_the_future.mutant
def causal_attention_with_an_off_by_one_does_not_see_the_future(q, k, v):
    return attention(q, k, v, masks.window(5, right=1)), _pairs(np.tri(5, dtype=bool), 2, 3)


@independence(source="Vaswani et al. 2017, arXiv:1706.03762, eq. (1)", at=SIZES)
def queries_do_not_see_each_other(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]):
    r"""Answer $i$ does not change with any query but $q_i$."""
    return attention(q, k, v), _pairs(np.eye(5, dtype=bool), 2, 3, ("q",))


@queries_do_not_see_each_other.mutant
def keys_do_not_see_each_other(q, k, v):
    return attention(q, k, v), _pairs(np.eye(5, dtype=bool), 2, 3, ("k",))


@independence(source="Beltagy et al. 2020, arXiv:2004.05150, section 3.1", at=SIZES)
def a_window_hides_what_is_far(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]):
    r"""With one key to the left and none to the right answer $i$ depends on keys $i - 1$ and $i$ only."""
    allowed = np.tri(5, dtype=bool) & ~np.tri(5, k=-2, dtype=bool)
    return attention(q, k, v, masks.window(5, left=1, right=0)), _pairs(allowed, 2, 3)


@a_window_hides_what_is_far.mutant
def a_window_that_is_one_wider_hides_what_is_far(q, k, v):
    allowed = np.tri(5, dtype=bool) & ~np.tri(5, k=-2, dtype=bool)
    return attention(q, k, v, masks.window(5, left=2, right=0)), _pairs(allowed, 2, 3)


@independence(source="Krell et al. 2021, arXiv:2107.02027, section 3.2.2", at=SIZES, given=dict(ids=SEGMENTS))
def packed_sequences_do_not_see_each_other(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"], ids: Int[Array, " n"]
):
    r"""With a mask by segments no answer changes with another segment's keys or values."""
    same = SEGMENTS[:, None] == SEGMENTS[None, :]
    return attention(q, k, v, masks.segment(ids)), _pairs(same, 2, 3)


@packed_sequences_do_not_see_each_other.mutant
def packed_sequences_under_a_causal_mask_do_not_see_each_other(q, k, v, ids):
    same = SEGMENTS[:, None] == SEGMENTS[None, :]
    return attention(q, k, v, masks.causal(5)), _pairs(same, 2, 3)


@identity(source="Krell et al. 2021, arXiv:2107.02027, section 3.2.2", at=SIZES, given=dict(ids=SEGMENTS))
def packed_sequences_are_separate_sequences(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"], ids: Int[Array, " n"]
):
    r"""Causal attention within segments is causal attention of each sequence by itself."""
    packed = attention(q, k, v, masks.and_(masks.segment(ids), masks.causal(5)))
    parts = [attention(q[s], k[s], v[s], masks.causal(len(q[s]))) for s in (slice(0, 2), slice(2, 5))]
    return packed, jnp.concatenate(parts)


@packed_sequences_are_separate_sequences.mutant
def packed_sequences_share_the_first_segment(q, k, v, ids):
    packed = attention(q, k, v, masks.and_(masks.segment(0 * ids), masks.causal(5)))
    parts = [attention(q[s], k[s], v[s], masks.causal(len(q[s]))) for s in (slice(0, 2), slice(2, 5))]
    return packed, jnp.concatenate(parts)


@identity(source="definition of padding", at=dict(n=2, m=5, d=2, e=3), given=dict(length=np.array(3)))
def padding_changes_nothing(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], length: Int[Array, ""]
):
    r"""Attention to three keys and two of padding is attention to the three keys."""
    return attention(q, k, v, masks.padding(2, 5, length)), attention(q, k[:3], v[:3])


@padding_changes_nothing.mutant
def padding_may_be_values_of_zero(q, k, v, length):
    exists = (jnp.arange(5) < length)[:, None]
    return attention(q, k, jnp.where(exists, v, 0)), attention(q, k[:3], v[:3])


@identity(source="Beltagy et al. 2020, arXiv:2004.05150, section 3.1", at=SIZES)
def a_wide_window_is_no_window(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]):
    r"""A window to the left of at least the sequence's length is causal attention."""
    return attention(q, k, v, masks.window(5, left=4, right=0)), attention(q, k, v, masks.causal(5))


@a_wide_window_is_no_window.mutant
def a_window_shorter_by_one_is_no_window(q, k, v):
    return attention(q, k, v, masks.window(5, left=3, right=0)), attention(q, k, v, masks.causal(5))


@identity(source="policy of this library: a row that may see nothing gives zeros", at=SIZES)
def a_query_without_keys_gets_zeros(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]):
    r"""More queries than keys, aligned at the end, leave the first with nothing: they get zeros."""
    answer = attention(q, k[:3], v[:3], masks.causal(5, 3, "bottom-right"))
    rest = attention(q[2:], k[:3], v[:3], masks.causal(3))
    return answer, jnp.concatenate([jnp.zeros((2, 3)), rest])


@a_query_without_keys_gets_zeros.mutant
def a_query_without_keys_gets_the_mean(q, k, v):
    answer = attention(q, k[:3], v[:3], masks.causal(5, 3, "bottom-right"))
    rest = attention(q[2:], k[:3], v[:3], masks.causal(3))
    return answer, jnp.concatenate([jnp.broadcast_to(v[:3].mean(0), (2, 3)), rest])
