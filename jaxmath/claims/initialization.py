"""What is true of initial weights."""

import itertools
from fractions import Fraction

import jax
import numpy as np
from scipy import stats

from jaxmath.definitions import glorot_std, he_std, lecun_std
from jaxmath.verify.claim import accounting, distribution

HE = "He et al. 2015, arXiv:1502.01852"
GLOROT = "Glorot & Bengio 2010"
INPUTS = [(1, 2, 3), (0, 0, 5), (1, -1, 2)]
SIGNS = list(itertools.product((-1, 1), repeat=3))


def _mean_square(x: tuple[int, ...], unit) -> Fraction:
    """Of the output of a unit with weights of random signs, over all of them."""
    values = [unit(sum(s * v for s, v in zip(signs, x, strict=True))) for signs in SIGNS]
    return Fraction(sum(v * v for v in values), len(SIGNS))


@distribution(source=f"{HE}, section 2.2")
def a_linear_unit_has_the_second_moments_of_its_inputs():
    r"""$\mathbb E[y^2] = n\, \mathrm{Var}(w)\, \mathbb E[x^2]$, over all signs of weights."""
    return [_mean_square(x, lambda y: y) for x in INPUTS], [Fraction(sum(v * v for v in x)) for x in INPUTS]


@a_linear_unit_has_the_second_moments_of_its_inputs.mutant
def a_linear_unit_has_the_variances_of_its_inputs():
    def variance(x):
        mean = Fraction(sum(x), 3)
        return sum((v - mean) ** 2 for v in x)

    return [_mean_square(x, lambda y: y) for x in INPUTS], [variance(x) for x in INPUTS]


@distribution(source=f"{HE}, section 2.2: half of a symmetric law")
def a_rectified_unit_has_half_of_them():
    r"""$\mathbb E[\mathrm{ReLU}(y)^2] = \frac n2 \mathrm{Var}(w)\, \mathbb E[x^2]$: hence the gain of 2."""
    rectified = [_mean_square(x, lambda y: max(y, 0)) for x in INPUTS]
    return rectified, [Fraction(sum(v * v for v in x), 2) for x in INPUTS]


@a_rectified_unit_has_half_of_them.mutant
def a_rectified_unit_has_half_the_variance():
    """Its mean is not zero, so that its variance is less than half."""

    def variance(x):
        values = [max(sum(s * v for s, v in zip(signs, x, strict=True)), 0) for signs in SIGNS]
        return _mean_square(x, lambda y: max(y, 0)) - Fraction(sum(values), len(SIGNS)) ** 2

    return [variance(x) for x in INPUTS], [Fraction(sum(v * v for v in x), 2) for x in INPUTS]


def _through(std: float, layers: int) -> float:
    """The second moment of a signal of ones after rectified layers of three with weights of random signs."""
    return (std**2 * float(_mean_square((1, 1, 1), lambda y: max(y, 0)))) ** layers


@distribution(source=f"{HE}, section 2.2", roundings=3 * 30)
def thirty_rectified_layers_keep_a_signal_at_the_gain_of_two():
    r"""With $\mathrm{Var}(w) = 2 / n$; with $1 / n$ it is divided by $2^{30}$."""
    return [_through(he_std(3), 30), 2**30 * _through(lecun_std(3), 30)], [1.0, 1.0]


@thirty_rectified_layers_keep_a_signal_at_the_gain_of_two.mutant
def thirty_rectified_layers_keep_a_signal_at_the_gain_of_one():
    return _through(lecun_std(3), 30), 1.0


@distribution(source=f"{GLOROT}, eq. (12)", roundings=8)
def glorots_law_is_the_harmonic_mean_of_forward_and_backward():
    r"""$\frac{2}{n + m}$ between $\frac1n$ and $\frac1m$; both at once only for $n = m$."""
    sizes = [(3, 5), (4, 4), (100, 1)]
    means = [2 / (1 / lecun_std(n) ** 2 + 1 / lecun_std(m) ** 2) for n, m in sizes]
    return [glorot_std(n, m) ** 2 for n, m in sizes], means


@glorots_law_is_the_harmonic_mean_of_forward_and_backward.mutant
def glorots_law_is_the_mean_of_forward_and_backward():
    return [glorot_std(n, m) ** 2 for n, m in [(3, 5)]], [(1 / 3 + 1 / 5) / 2]


@accounting(
    source="jax.nn.initializers.variance_scaling: 0.87962566103423978, a normal law cut at two deviations"
)
def a_truncated_law_is_stretched_to_its_variance():
    r"""The standard deviation of the cut law, and that of weights of `he_normal` for 200 inputs."""
    cut = stats.truncnorm.std(-2, 2)
    largest = float(np.abs(jax.nn.initializers.he_normal()(jax.random.key(0), (200, 400), np.float32)).max())
    return [float(cut), largest * cut / he_std(200)], ["0.87962566103424", "2.00"]


@a_truncated_law_is_stretched_to_its_variance.mutant
def a_truncated_law_has_the_variance_of_the_whole():
    return [1.0], ["0.87962566103424"]
