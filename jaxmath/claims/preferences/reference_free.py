"""Preferences: SimPO and ORPO."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import dpo, log_odds, orpo, sigmoid, simpo
from jaxmath.verify.claim import derivative, identity

MENG = "Meng et al. 2024, SimPO, arXiv:2405.14734"
HONG = "Hong et al. 2024, ORPO, arXiv:2403.07691"
Scalar = Float[Array, ""]
Flag = Bool[Array, ""]


@identity(source=f"{MENG}, eqs. (4) to (6)")
def simpo_is_dpo_of_mean_log_probabilities(
    chosen: Scalar, rejected: Scalar, n: Scalar, m: Scalar, beta: Scalar, gamma: Scalar
):
    r"""SimPO is DPO of means over tokens, with a reference of margin $\gamma / \beta$ everywhere."""
    zero = jnp.zeros(())
    return simpo(chosen, rejected, n, m, beta, gamma), dpo(chosen / n, rejected / m, gamma / beta, zero, beta)


@simpo_is_dpo_of_mean_log_probabilities.mutant
def simpo_is_dpo_of_summed_log_probabilities(chosen, rejected, n, m, beta, gamma):
    zero = jnp.zeros(())
    return simpo(chosen, rejected, n, m, beta, gamma), dpo(chosen, rejected, gamma / beta, zero, beta)


@derivative(source=f"{MENG}, appendix on gradient analysis; chain rule")
def simpo_has_the_textbook_gradient(
    chosen: Scalar, rejected: Scalar, n: Scalar, m: Scalar, beta: Scalar, gamma: Scalar
):
    r"""$\nabla = -\beta s (\nabla \log \pi_w / |y_w| - \nabla \log \pi_l / |y_l|)$.

    With $s = \sigma(\gamma - \beta h)$ for the margin $h$ of means.
    """

    def vjp(chosen, rejected, n, m, beta, gamma, dl):
        h = chosen / n - rejected / m
        s = dl * sigmoid(gamma - beta * h)
        return -beta * s / n, beta * s / m, beta * s * chosen / n**2, -beta * s * rejected / m**2, -s * h, s

    return simpo, vjp


@simpo_has_the_textbook_gradient.mutant
def simpo_has_a_gradient_without_lengths(chosen, rejected, n, m, beta, gamma):
    def vjp(chosen, rejected, n, m, beta, gamma, dl):
        h = chosen / n - rejected / m
        s = dl * sigmoid(gamma - beta * h)
        return -beta * s, beta * s, beta * s * chosen / n**2, -beta * s * rejected / m**2, -s * h, s

    return simpo, vjp


@identity(source=f"{HONG}, eq. (4)")
def the_odds_of_a_sigmoid_are_its_argument(x: Scalar):
    r"""$\log \mathrm{odds}(\log \sigma(x)) = x$: the logarithm of the odds undoes the logistic function."""
    return log_odds(jnp.log(sigmoid(x))), x


@the_odds_of_a_sigmoid_are_its_argument.mutant
def the_odds_are_the_probability(x):
    return log_odds(jnp.log(sigmoid(x))), jnp.log(sigmoid(x))


@derivative(source=f"{HONG}, eqs. (8) to (10)")
def orpo_has_the_textbook_gradient(chosen: Scalar, rejected: Scalar, weight: Scalar):
    r"""$\nabla_w = -1 - \lambda \frac{s}{1 - p_w}$ and $\nabla_l = \lambda \frac{s}{1 - p_l}$.

    For answers of one token;
    $s = 1 / (1 + \mathrm{odds}_w / \mathrm{odds}_l)$ is near 1 where the pair is ranked wrongly.
    """

    def vjp(chosen, rejected, weight, dl):
        s = sigmoid(log_odds(rejected) - log_odds(chosen))
        push = dl * weight * s
        ratio = orpo(chosen, rejected, 1.0, 1.0, 1.0) + chosen
        return -dl - push / (1 - jnp.exp(chosen)), push / (1 - jnp.exp(rejected)), dl * ratio

    return lambda better, worse, weight: orpo(better, worse, 1.0, 1.0, weight), vjp


@orpo_has_the_textbook_gradient.mutant
def orpo_has_the_gradient_of_log_probabilities(chosen, rejected, weight):
    def vjp(chosen, rejected, weight, dl):
        push = dl * weight * sigmoid(log_odds(rejected) - log_odds(chosen))
        ratio = orpo(chosen, rejected, 1.0, 1.0, 1.0) + chosen
        return -dl - push, push, dl * ratio

    return lambda better, worse, weight: orpo(better, worse, 1.0, 1.0, weight), vjp
