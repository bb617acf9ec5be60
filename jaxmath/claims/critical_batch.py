"""What is true of critical batches and the noise of gradients."""

import itertools
from fractions import Fraction

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import noise_scale_estimates, simple_noise_scale, steps_and_examples
from jaxmath.verify.claim import derivative, distribution, identity

Scalar = Float[Array, ""]
MCCANDLISH = "McCandlish et al. 2018, arXiv:1812.06162"
# Gradients of four examples, two parameters each.
POPULATION = ((3, 1), (-1, 2), (4, 0), (2, 5))


@identity(source=f"{MCCANDLISH}, eq. (2.11)")
def steps_and_examples_trade_on_a_hyperbola(b: Scalar, c: Scalar, s: Scalar):
    r"""$(S / S_{\min} - 1) (E / E_{\min} - 1) = 1$, and $E = B S$."""
    steps, examples = steps_and_examples(b, c, s)
    return ((steps / s - 1) * (examples / (s * c) - 1), examples), (jnp.ones(()), b * steps)


@steps_and_examples_trade_on_a_hyperbola.mutant
def steps_and_examples_trade_without_limits(b, c, s):
    steps, examples = steps_and_examples(b, c, s)
    return (steps / s * (examples / (s * c)), examples), (jnp.ones(()), b * steps)


@identity(source=f"{MCCANDLISH}, section 2.3")
def the_critical_batch_doubles_both(c: Scalar, s: Scalar):
    r"""At $B = B_{\mathrm{crit}}$, twice the least steps and twice the least examples."""
    return steps_and_examples(c, c, s), (2 * s, 2 * s * c)


@the_critical_batch_doubles_both.mutant
def the_critical_batch_doubles_the_examples_alone(c, s):
    return steps_and_examples(c, c, s), (s, 2 * s * c)


@derivative(source=f"{MCCANDLISH}, eq. (2.7)")
def a_larger_batch_buys_steps_with_examples(b: Scalar, c: Scalar, s: Scalar):
    r"""$\partial S / \partial B = -S_{\min} B_c / B^2$ and $\partial E / \partial B = S_{\min}$."""

    def vjp(b, c, s, dy):
        ds, de = dy
        return -ds * s * c / b**2 + de * s, ds * s / b + de * s, ds * (1 + c / b) + de * (c + b)

    return steps_and_examples, vjp


@a_larger_batch_buys_steps_with_examples.mutant
def a_larger_batch_divides_the_steps(b, c, s):
    def vjp(b, c, s, dy):
        ds, de = dy
        return -ds * (1 + c / b) * s / b + de * s, ds * s / b + de * s, ds * (1 + c / b) + de * (c + b)

    return steps_and_examples, vjp


def _square(vector: tuple[Fraction, ...]) -> Fraction:
    return sum((x * x for x in vector), Fraction(0))


def _norms(size: int) -> list[Fraction]:
    """Squared norms of the mean gradients of all batches of a size, drawn with replacement."""
    batches = itertools.product(POPULATION, repeat=size)
    return [_square(tuple(Fraction(sum(x), size) for x in zip(*batch, strict=True))) for batch in batches]


def _truth() -> tuple[Fraction, Fraction]:
    """The squared norm of the mean gradient, and the trace of the covariance."""
    square = _square(tuple(Fraction(sum(x), 4) for x in zip(*POPULATION, strict=True)))
    return square, Fraction(sum(x * x for g in POPULATION for x in g), 4) - square


def _mean(numbers: list[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0)) / len(numbers)


@distribution(source=f"{MCCANDLISH}, appendix A.1")
def two_batches_estimate_signal_and_noise_without_bias():
    r"""Over all batches of one and of three, estimates average to $|G|^2$ and $\operatorname{tr} \Sigma$."""
    small, big = _mean(_norms(1)), _mean(_norms(3))
    return noise_scale_estimates(small, big, Fraction(1), Fraction(3)), _truth()


@two_batches_estimate_signal_and_noise_without_bias.mutant
def the_norm_of_a_batch_estimates_the_signal_without_bias():
    return (_mean(_norms(3)), _truth()[1]), _truth()


@distribution(source=f"{MCCANDLISH}, eq. (2.6)")
def the_noise_of_a_batch_falls_as_its_size():
    r"""$E |G_B|^2 = |G|^2 + \operatorname{tr} \Sigma / B$, by enumeration for $B = 1, 2, 3, 4$."""
    square, trace = _truth()
    return [_mean(_norms(b)) for b in (1, 2, 3, 4)], [square + trace / b for b in (1, 2, 3, 4)]


@the_noise_of_a_batch_falls_as_its_size.mutant
def the_noise_of_a_batch_falls_as_the_square_of_its_size():
    square, trace = _truth()
    return [_mean(_norms(b)) for b in (1, 2, 3, 4)], [square + trace / b**2 for b in (1, 2, 3, 4)]


@identity(source=f"{MCCANDLISH}, eq. (2.9)", at=dict(b=3, n=2))
def the_noise_scale_ignores_the_scale_of_the_loss(gradients: Float[Array, "b n"], c: Scalar):
    r"""$\mathcal B_{\mathrm{simple}}$ is the same for $c$ times the loss."""
    return simple_noise_scale(c * gradients), simple_noise_scale(gradients)


@the_noise_scale_ignores_the_scale_of_the_loss.mutant
def the_noise_scale_ignores_a_shift_of_gradients(gradients, c):
    return simple_noise_scale(c + gradients), simple_noise_scale(gradients)
