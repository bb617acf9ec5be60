r"""What is true of random features; means over normal directions are integrals of shifted densities.

$n(w) = e^{-\lVert w \rVert^2 / 2}$ is the normal density without its constant. An integrand
$c\, n(w - s)$ has the mean $c$, so that a claim about integrands is one about means.
"""

from fractions import Fraction
from math import factorial

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import hyperbolic_features, positive_features, trigonometric_features
from jaxmath.verify.claim import bound, distribution, identity

CHOROMANSKI = "Choromanski et al. 2020, arXiv:2009.14794"
# A direction with small whole entries, so that angles are multiples of those of queries and keys.
WAVE = np.array([1.0, 2.0], np.float32)
Vector = Float[Array, " d"]


def _density(w):
    return jnp.exp(-(w**2).sum() / 2)


def _estimate(features, q, k, w):
    return (features(q[None], w[None]) @ features(k[None], w[None]).T)[0, 0]


@identity(source=f"{CHOROMANSKI}, lemma 1", at=dict(d=2))
def positive_features_are_unbiased(q: Vector, k: Vector, w: Vector):
    r"""$n(w)\, \phi(q) \phi(k) = e^{q \cdot k}\, n(w - q - k)$, whose mean is $e^{q \cdot k}$."""
    return _density(w) * _estimate(positive_features, q, k, w), jnp.exp(q @ k) * _density(w - q - k)


@positive_features_are_unbiased.mutant
def positive_features_without_lengths_are_unbiased(q, k, w):
    return _density(w) * jnp.exp(w @ (q + k)), jnp.exp(q @ k) * _density(w - q - k)


@identity(source=f"{CHOROMANSKI}, lemma 2", at=dict(d=2))
def positive_features_have_the_published_variance(q: Vector, k: Vector, w: Vector):
    r"""Of one direction: $e^{\lVert u \rVert^2 + 2 q \cdot k} (1 - e^{-\lVert u \rVert^2})$ with $u = q + k$.

    The square has the integrand $e^{\lVert u \rVert^2 + 2 q \cdot k}\, n(w - 2 u)$.
    """
    u, s = (q + k) @ (q + k), jnp.exp(q @ k)
    square = _density(w) * _estimate(positive_features, q, k, w) ** 2
    second = jnp.exp(u) * s**2
    return (square, second - s**2), (
        second * _density(w - 2 * (q + k)),
        jnp.exp(u) * s**2 * (1 - jnp.exp(-u)),
    )


@positive_features_have_the_published_variance.mutant
def positive_features_have_the_variance_of_the_difference(q, k, w):
    u, s = (q - k) @ (q - k), jnp.exp(q @ k)
    square = _density(w) * _estimate(positive_features, q, k, w) ** 2
    second = jnp.exp(u) * s**2
    return (square, second - s**2), (
        second * _density(w - 2 * (q + k)),
        jnp.exp(u) * s**2 * (1 - jnp.exp(-u)),
    )


@identity(source=f"{CHOROMANSKI}, lemma 2, hyperbolic features", at=dict(d=2))
def opposite_directions_halve_the_variance_and_more(q: Vector, k: Vector, w: Vector):
    r"""With $\pm w$ for $w$ it is $\tfrac12 (1 - e^{-\lVert u \rVert^2})$ times the variance above."""
    u, c = q + k, jnp.exp(q @ k)
    pair = _density(w) * (_estimate(hyperbolic_features, q, k, w)) ** 2
    size = jnp.exp(u @ u)
    shifted = size**2 * (_density(w - 2 * u) + _density(w + 2 * u)) / 4 + _density(w) / 2
    lengths = jnp.exp(-(q @ q) - k @ k)
    mean_square = lengths * (size**2 / 2 + 0.5)
    variance = size * c**2 * (1 - 1 / size)
    return (pair, mean_square - c**2), (lengths * shifted, (1 - 1 / size) / 2 * variance)


@opposite_directions_halve_the_variance_and_more.mutant
def opposite_directions_halve_the_variance(q, k, w):
    u, c = q + k, jnp.exp(q @ k)
    size = jnp.exp(u @ u)
    mean_square = jnp.exp(-(q @ q) - k @ k) * (size**2 / 2 + 0.5)
    return (mean_square - c**2, w), (size * c**2 * (1 - 1 / size) / 2, w)


@identity(source=f"{CHOROMANSKI}, section 2.2 (random Fourier features)", at=dict(d=2), given=dict(w=WAVE))
def trigonometric_features_are_waves_of_the_difference(q: Vector, k: Vector, w: Vector):
    r"""$\phi(q) \cdot \phi(k) = e^{(\lVert q \rVert^2 + \lVert k \rVert^2) / 2} \cos(w \cdot (q - k))$.

    It may be negative, and so may what stands in a denominator. Here in the direction (1, 2).
    """
    sizes = jnp.exp((q @ q + k @ k) / 2)
    return _estimate(trigonometric_features, q, k, w), sizes * jnp.cos(w @ (q - k))


@trigonometric_features_are_waves_of_the_difference.mutant
def trigonometric_features_are_waves_of_the_sum(q, k, w):
    sizes = jnp.exp((q @ q + k @ k) / 2)
    return _estimate(trigonometric_features, q, k, w), sizes * jnp.cos(w @ (q + k))


def _even_moment(i: int, j: int) -> Fraction:
    r"""The mean of $\cos^{2i} \sin^{2j}$ over the circle."""
    return Fraction(
        factorial(2 * i) * factorial(2 * j), 4 ** (i + j) * factorial(i) * factorial(j)
    ) / factorial(i + j)


def _orthogonal_series(terms: int) -> dict[int, Fraction]:
    r"""Coefficients in $\lVert u \rVert^{2n}$ of the mean of $e^{(w_1 + w_2) \cdot u}$, $w_1 \perp w_2$."""
    radial = [Fraction(2**i * factorial(i)) for i in range(terms)]  # means of r^(2i), r^2 / 2 exponential

    def term(i: int, j: int) -> Fraction:
        return radial[i] * radial[j] * _even_moment(i, j) / (factorial(2 * i) * factorial(2 * j))

    return {n: sum((term(i, n - i) for i in range(n + 1)), start=Fraction(0)) for n in range(terms)}


@distribution(source=f"{CHOROMANSKI}, theorem 2 (orthogonal directions), in the plane")
def orthogonal_directions_are_correlated_by_less_than_chance():
    r"""In the plane the product of two orthogonal estimates has the mean $(1 + z) e^z$ for $e^{2z}$.

    $z = \lVert u \rVert^2 / 2$. Here the first twelve coefficients; lengths are those of normal vectors.
    """
    return _orthogonal_series(12), {n: Fraction(n + 1, 2**n * factorial(n)) for n in range(12)}


@orthogonal_directions_are_correlated_by_less_than_chance.mutant
def orthogonal_directions_are_independent():
    return _orthogonal_series(12), {n: Fraction(1, factorial(n)) for n in range(12)}


@bound(source=f"{CHOROMANSKI}, theorem 2, in the plane", box=dict(z=(0, 4)), slack=1e-3, sharp=dict(z=0.0))
def orthogonal_directions_have_less_variance(z: Float[Array, ""]):
    r"""$(1 + z) e^z \le e^{2z}$: the covariance of two orthogonal estimates is at most zero."""
    return (1 + z) * jnp.exp(z), jnp.exp(2 * z)


@orthogonal_directions_have_less_variance.mutant
def orthogonal_directions_have_much_less_variance(z):
    return (1 + 2 * z) * jnp.exp(z), jnp.exp(2 * z)
