"""What is true of superposition."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions.superposition import (
    coherence,
    cosines,
    feature_dimensionality,
    toy_model,
    welch_bound,
)
from jaxmath.verify.claim import accounting, bound, distribution, identity

WELCH = "Welch 1974, Lower bounds on the maximum cross correlation of signals"
ELHAGE = "Elhage et al. 2022, arXiv:2209.10652"
Directions = Float[Array, "features d"]
Scalar = Float[Array, ""]
GOLDEN = (1 + 5**0.5) / 2
TETRAHEDRON = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])


def _polygon(corners: int) -> np.ndarray:
    angles = 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def _antiprism() -> np.ndarray:
    """Two squares, the upper one turned, at the heights where the eight corners are a tight frame."""
    lower, upper = _polygon(8)[::2], _polygon(8)[1::2]
    height = np.full((4, 1), 0.5**0.5)
    return np.concatenate([np.hstack([lower, -height]), np.hstack([upper, height])])


@identity(source=f"{WELCH}; Benedetto & Fickus 2003 (frame potential)", at=dict(features=4, d=2))
def interference_is_what_a_tight_frame_has_and_more(w: Directions):
    r"""$\sum_{ij} \cos^2_{ij} = \frac{n^2}{d} + \lVert U^\top U - \frac nd I \rVert_F^2$, unit rows $U$.

    So that $n (n - 1) \max \cos^2 \ge n^2 / d - n$: Welch's bound.
    """
    n, d = w.shape
    unit = w / jnp.sqrt((w**2).sum(1, keepdims=True))
    rest = unit.T @ unit - n / d * jnp.eye(d, dtype=w.dtype)
    return (cosines(w) ** 2).sum(), n**2 / d + (rest**2).sum()


@interference_is_what_a_tight_frame_has_and_more.mutant
def interference_is_what_orthogonal_directions_have_and_more(w):
    n, d = w.shape
    unit = w / jnp.sqrt((w**2).sum(1, keepdims=True))
    rest = unit.T @ unit - jnp.eye(d, dtype=w.dtype)
    return (cosines(w) ** 2).sum(), n + (rest**2).sum()


@bound(
    source=WELCH,
    box=dict(a=(1.8, 2.4), b=(3.9, 4.5)),
    sharp=dict(a=2 * np.pi / 3, b=4 * np.pi / 3),
    slack=0.01,
)
def three_directions_in_a_plane_meet_at_half_or_more(a: Scalar, b: Scalar):
    r"""Welch's bound of 3 in 2 is $\tfrac12$; here around the star of angles 0, 120 and 240 degrees."""
    angles = jnp.stack([0 * a, a, b])
    return jnp.asarray(welch_bound(3, 2), a.dtype), coherence(
        jnp.stack([jnp.cos(angles), jnp.sin(angles)], 1)
    )


@three_directions_in_a_plane_meet_at_half_or_more.mutant
def three_directions_in_a_plane_meet_at_six_tenths_or_more(a, b):
    angles = jnp.stack([0 * a, a, b])
    return jnp.asarray(0.6, a.dtype), coherence(jnp.stack([jnp.cos(angles), jnp.sin(angles)], 1))


@distribution(source=f"{WELCH}; Strohmer & Heath 2003 (equiangular tight frames)", roundings=40)
def simplices_and_six_diagonals_attain_the_bound():
    r"""$d + 1$ corners of a simplex; and the 6 diagonals of an icosahedron, $1 / \sqrt 5$."""
    diagonals = np.array([[0, 1, GOLDEN], [0, 1, -GOLDEN]])
    six = np.concatenate([np.roll(diagonals, k, 1) for k in range(3)])
    frames = [_polygon(2)[:, :1], _polygon(3), TETRAHEDRON, six]
    return [float(coherence(jnp.asarray(w))) for w in frames], [welch_bound(*w.shape) for w in frames]


@simplices_and_six_diagonals_attain_the_bound.mutant
def corners_of_polygons_attain_the_bound():
    frames = [_polygon(3), _polygon(4), _polygon(5)]
    return [float(coherence(jnp.asarray(w))) for w in frames], [welch_bound(*w.shape) for w in frames]


@accounting(source=f"{ELHAGE}: 3/4, 2/3, 1/2, 2/5 and 3/8")
def features_of_solids_have_the_published_dimensions():
    r"""Tetrahedron, triangle, pair, pentagon and square antiprism: $d / n$ of a dimension each."""
    solids = [TETRAHEDRON, _polygon(3), _polygon(2), _polygon(5), _antiprism()]
    found = [float(x) for w in solids for x in feature_dimensionality(jnp.asarray(w))]
    printed = [
        p for p, n in (("0.750", 4), ("0.667", 3), ("0.500", 2), ("0.400", 5), ("0.375", 8)) for _ in range(n)
    ]
    return found, printed


@features_of_solids_have_the_published_dimensions.mutant
def features_of_solids_have_equal_shares_of_their_number():
    solids = [TETRAHEDRON, _polygon(3)]
    found = [float(x) for w in solids for x in feature_dimensionality(jnp.asarray(w))]
    return found, ["0.250"] * 4 + ["0.333"] * 3


@identity(source=f"{ELHAGE}: dimensions of features", at=dict(features=3, d=2))
def a_feature_on_its_own_has_a_dimension(w: Directions):
    r"""$D_0 = 1$ where $w_0$ is at right angles to all others, a copy leaves a half each."""
    alone = w.at[0, 1].set(0).at[1:, 0].set(0)
    twice = jnp.concatenate([alone, -alone[:1]])
    return (feature_dimensionality(alone)[0], feature_dimensionality(twice)[0]), (
        1 + 0 * w[0, 0],
        0.5 + 0 * w[0, 0],
    )


@a_feature_on_its_own_has_a_dimension.mutant
def a_feature_has_a_dimension_in_any_company(w):
    return feature_dimensionality(w)[0], 1 + 0 * w[0, 0]


@identity(source=f"{ELHAGE}: two features in one dimension")
def a_pair_in_one_dimension_is_read_without_error_where_one_is_off(x: Scalar):
    r"""$W = (1, -1)^\top$: the ReLU takes away what a feature $e^x$ does to the other."""
    w = jnp.array([[1.0], [-1.0]], x.dtype)
    features = jnp.stack([jnp.exp(x), 0 * x])
    return toy_model(features, w, jnp.zeros(2, x.dtype)), features


@a_pair_in_one_dimension_is_read_without_error_where_one_is_off.mutant
def a_pair_in_one_dimension_is_read_without_error(x):
    w = jnp.array([[1.0], [-1.0]], x.dtype)
    features = jnp.stack([2 * jnp.exp(x), jnp.exp(x)])
    return toy_model(features, w, jnp.zeros(2, x.dtype)), features
