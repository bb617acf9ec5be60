"""What is true of masks: facts about sets of pairs, by counting them."""

import jax.numpy as jnp
import numpy as np

from jaxmath.definitions import masks
from jaxmath.verify.claim import accounting, distribution

IDS = np.array([0, 0, 1, 1, 1, 2])
SHAPES = [(2, 5), (3, 3), (4, 2)]


def _compose(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pairs joined by a middle: (i, j) such that i sees some l in a, and l sees j in b."""
    return (np.asarray(a, int) @ np.asarray(b, int)) > 0


@distribution(source="Phuong & Hutter 2022, arXiv:2207.09238, algorithm 4")
def causal_is_the_lower_triangle():
    r"""Key $j$ is seen by query $i$ where $j \le i$; aligned at the end, where $j \le i + m - n$."""
    left = [[masks.causal(n, m), masks.causal(n, m, "bottom-right")] for n, m in SHAPES]
    return left, [[np.tri(n, m, dtype=bool), np.tri(n, m, m - n, dtype=bool)] for n, m in SHAPES]


@causal_is_the_lower_triangle.mutant
def causal_is_strictly_below_the_diagonal():
    left = [[masks.causal(n, m), masks.causal(n, m, "bottom-right")] for n, m in SHAPES]
    return left, [[np.tri(n, m, -1, dtype=bool), np.tri(n, m, m - n, dtype=bool)] for n, m in SHAPES]


@distribution(source="definition of alignment")
def aligned_at_the_end_are_the_last_rows():
    r"""The mask of the last $n$ of $m$ queries is the last $n$ rows of the square one."""
    shapes = [(n, m) for n, m in SHAPES if n <= m]
    return [masks.causal(n, m, "bottom-right") for n, m in shapes], [
        masks.causal(m)[m - n :] for n, m in shapes
    ]


@aligned_at_the_end_are_the_last_rows.mutant
def aligned_at_the_end_are_the_first_rows():
    shapes = [(n, m) for n, m in SHAPES if n <= m]
    return [masks.causal(n, m, "bottom-right") for n, m in shapes], [masks.causal(m)[:n] for n, m in shapes]


@distribution(source="definition of an order")
def causality_is_transitive():
    r"""What is seen through something seen is seen: layers of causal attention are causal."""
    c = np.asarray(masks.causal(6))
    return _compose(c, c), c


@causality_is_transitive.mutant
def a_window_is_transitive():
    w = np.asarray(masks.window(6, left=1, right=0))
    return _compose(w, w), w


@distribution(source="Jiang et al. 2023, Mistral 7B, arXiv:2310.06825, section 2")
def windows_of_layers_add_up():
    r"""Through $L$ layers with $w$ keys each a query sees $L (w - 1) + 1$ keys."""
    once = np.asarray(masks.window(9, left=2, right=0))
    thrice = _compose(_compose(once, once), once)
    return (thrice, thrice[-1].sum()), (masks.window(9, left=6, right=0), np.array(3 * (3 - 1) + 1))


@windows_of_layers_add_up.mutant
def windows_of_layers_multiply():
    once = np.asarray(masks.window(9, left=2, right=0))
    thrice = _compose(_compose(once, once), once)
    return (thrice, thrice[-1].sum()), (masks.window(9, left=6, right=0), np.array(3 * 3))


@distribution(source="definition of a packed batch")
def segments_are_an_equivalence():
    r"""Seeing within a segment is reflexive, symmetric and transitive."""
    s = np.asarray(masks.segment(jnp.asarray(IDS)))
    return (s.diagonal(), s.T, _compose(s, s)), (np.ones(6, bool), s, s)


@segments_are_an_equivalence.mutant
def causal_segments_are_an_equivalence():
    s = np.asarray(masks.and_(masks.segment(jnp.asarray(IDS)), masks.causal(6)))
    return (s.diagonal(), s.T, _compose(s, s)), (np.ones(6, bool), s, s)


@distribution(source="De Morgan")
def masks_are_an_algebra_of_sets():
    r"""$\overline{a \cap b} = \bar a \cup \bar b$; a two-sided window is where two one-sided ones meet."""
    a, b = masks.window(5, left=1), masks.window(5, right=2)
    left = masks.not_(masks.and_(a, b)), masks.and_(a, b)
    return left, (masks.or_(masks.not_(a), masks.not_(b)), masks.window(5, left=1, right=2))


@masks_are_an_algebra_of_sets.mutant
def the_complement_of_a_meeting_is_the_meeting_of_complements():
    a, b = masks.window(5, left=1), masks.window(5, right=2)
    left = masks.not_(masks.and_(a, b)), masks.and_(a, b)
    return left, (masks.and_(masks.not_(a), masks.not_(b)), masks.window(5, left=1, right=2))


@distribution(source="Raffel et al. 2020, arXiv:1910.10683, section 3.2.1")
def a_prefix_lies_between_causal_and_full():
    r"""Without a prefix the mask is causal, with all of it full.

    Columns of the prefix are full, the others causal.
    """
    ends = masks.prefix(5, 5, 0), masks.prefix(5, 5, 5)
    middle = masks.prefix(5, 5, 2)
    return (ends, middle[:, :2], middle[:, 2:]), (
        (masks.causal(5), np.ones((5, 5), bool)),
        np.ones((5, 2), bool),
        masks.causal(5)[:, 2:],
    )


@a_prefix_lies_between_causal_and_full.mutant
def a_prefix_opens_rows():
    opened = masks.prefix(5, 5, 2)[:2]
    return opened, np.ones((2, 5), bool)


@distribution(source="definition of padding")
def padding_is_a_rectangle():
    r"""Queries that exist see keys that exist, whatever the sizes."""
    cases = [(i, j) for i in range(4) for j in range(5)]
    left = [masks.padding(3, 4, keys=j, queries=i) for i, j in cases]
    return left, [np.outer(np.arange(3) < i, np.arange(4) < j) for i, j in cases]


@padding_is_a_rectangle.mutant
def padding_takes_queries_before_keys():
    cases = [(i, j) for i in range(4) for j in range(5)]
    left = [masks.padding(3, 4, i, j) for i, j in cases]
    return left, [np.outer(np.arange(3) < i, np.arange(4) < j) for i, j in cases]


@accounting(
    source="arithmetic series; the half of the FLOPs counted for causal attention, maxtext pull request 1988"
)
def causal_masks_have_a_triangular_number_of_pairs():
    r"""$n (n + 1) / 2$ of $n^2$ pairs: 524,800 of 1,048,576 for a context of 1,024."""
    counts = [int(np.asarray(masks.causal(n)).sum()) for n in (1, 2, 16, 1024)]
    return counts, [1, 3, 136, 524_800]


@causal_masks_have_a_triangular_number_of_pairs.mutant
def causal_masks_have_half_of_all_pairs():
    counts = [int(np.asarray(masks.causal(n)).sum()) for n in (1, 2, 16, 1024)]
    return counts, [n * n // 2 for n in (1, 2, 16, 1024)]
