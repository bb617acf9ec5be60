"""Normal laws: gradients of means, through noise and through scores."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.gaussian._nodes import mean_over
from jaxmath.definitions import gaussian_log_density
from jaxmath.verify.claim import identity

Scalar = Float[Array, ""]
KINGMA = "Kingma & Welling 2013, arXiv:1312.6114"


def _gradients(a: Array, b: Array, mean: Array, std: Array) -> Array:
    """Of the mean of a x^2 + b x in the mean and the deviation, in closed form."""
    return jnp.stack([2 * a * mean + b, 2 * a * std])


@identity(source=f"{KINGMA}, section 2.4")
def a_gradient_may_be_taken_through_the_noise(mean: Scalar, std: Scalar, a: Scalar, b: Scalar):
    r"""$\nabla\, \mathbb E[f(x)] = \mathbb E[f'(\mu + \sigma \epsilon) (1, \epsilon)]$, for $a x^2 + b x$."""
    through = mean_over(lambda x, e: (2 * a * x + b) * jnp.stack([jnp.ones_like(e), e]), mean, std)
    return through, _gradients(a, b, mean, std)


@a_gradient_may_be_taken_through_the_noise.mutant
def a_gradient_may_be_taken_at_the_sample(mean, std, a, b):
    through = mean_over(lambda x, e: (2 * a * x + b) * jnp.ones(2), mean, std)
    return through, _gradients(a, b, mean, std)


@identity(source="Williams 1992, REINFORCE, section 6 (Gaussian units)")
def a_gradient_may_be_taken_through_the_score(
    mean: Scalar, std: Scalar, a: Scalar, b: Scalar, baseline: Scalar
):
    r"""$\nabla\, \mathbb E[f(x)] = \mathbb E[(f(x) - c)\, \nabla \log N(x)]$ with any constant $c$."""

    def weighted(x, e):
        score = jnp.stack(jax.grad(gaussian_log_density, (1, 2))(x, mean, std))
        return (a * x**2 + b * x - baseline) * score

    return mean_over(weighted, mean, std), _gradients(a, b, mean, std)


@a_gradient_may_be_taken_through_the_score.mutant
def a_gradient_may_be_taken_through_a_baseline_that_sees_the_sample(mean, std, a, b, baseline):
    def weighted(x, e):
        score = jnp.stack(jax.grad(gaussian_log_density, (1, 2))(x, mean, std))
        return (a * x**2 + b * x - baseline * x) * score

    return mean_over(weighted, mean, std), _gradients(a, b, mean, std)


@identity(source="Stein 1981, lemma 1")
def noise_is_a_derivative_in_the_mean(mean: Scalar, std: Scalar, a: Float[Array, "4"]):
    r"""$\mathbb E[(x - \mu) f(x)] = \sigma^2\, \mathbb E[f'(x)]$, here for every cubic $f$."""

    def f(x):
        return a[0] + a[1] * x + a[2] * x**2 + a[3] * x**3

    right = std**2 * mean_over(lambda x, _: jax.grad(f)(x), mean, std)
    return mean_over(lambda x, _: (x - mean) * f(x), mean, std), right


@noise_is_a_derivative_in_the_mean.mutant
def noise_is_a_derivative_of_unit_scale_in_the_mean(mean, std, a):
    def f(x):
        return a[0] + a[1] * x + a[2] * x**2 + a[3] * x**3

    right = std * mean_over(lambda x, _: jax.grad(f)(x), mean, std)
    return mean_over(lambda x, _: (x - mean) * f(x), mean, std), right
