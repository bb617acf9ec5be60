"""What is true of Fisher information."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.gaussian._nodes import mean_over
from jaxmath.definitions import (
    fisher_gaussian,
    fisher_softmax,
    gaussian_kl,
    gaussian_log_density,
    kl,
    log_softmax,
    softmax,
)
from jaxmath.verify.claim import bound, identity

AMARI = "Amari 1998, Natural gradient works efficiently in learning, section 2"
COVER = "Cover & Thomas 2006, section 11.10"


@identity(source=COVER, at=dict(n=3))
def fisher_information_of_a_softmax_is_the_covariance_of_scores(x: Float[Array, " n"]):
    r"""$\mathbb E_{i \sim p}[\nabla \log p_i (\nabla \log p_i)^\top] = \mathrm{diag}(p) - p p^\top$."""
    scores = jax.jacobian(log_softmax)(x)
    return fisher_softmax(x), jnp.einsum("i,ij,ik->jk", softmax(x), scores, scores)


@fisher_information_of_a_softmax_is_the_covariance_of_scores.mutant
def fisher_information_of_a_softmax_is_the_covariance_under_the_uniform_law(x):
    scores = jax.jacobian(log_softmax)(x)
    return fisher_softmax(x), jnp.einsum("ij,ik->jk", scores, scores) / x.size


@identity(source=f"{AMARI}; Fisher-Rao metric", at=dict(n=2))
def fisher_information_of_a_softmax_is_a_metric_pulled_back(x: Float[Array, " n"]):
    r"""$F = J^\top \mathrm{diag}(1 / p)\, J$, with $J$ the Jacobian of the softmax."""
    j = jax.jacobian(softmax)(x)
    return fisher_softmax(x), j.T @ (j / softmax(x)[:, None])


@fisher_information_of_a_softmax_is_a_metric_pulled_back.mutant
def fisher_information_of_a_softmax_is_the_flat_metric_pulled_back(x):
    j = jax.jacobian(softmax)(x)
    return fisher_softmax(x), j.T @ j


@identity(source=f"{AMARI}, eq. (2.3)", at=dict(n=2))
def divergence_near_a_law_is_half_the_fisher_information(x: Float[Array, " n"]):
    r"""The Hessian of $D(p_y \Vert p_x)$ in $y$ is $F(x)$ at $y = x$."""
    p = softmax(x)
    return jax.hessian(lambda y: kl(softmax(y), p))(x), fisher_softmax(x)


@divergence_near_a_law_is_half_the_fisher_information.mutant
def divergence_near_a_law_is_the_fisher_information(x):
    p = softmax(x)
    return jax.hessian(lambda y: kl(softmax(y), p))(x), 2 * fisher_softmax(x)


@identity(source=f"{COVER}; Fisher 1925")
def fisher_information_of_a_gaussian_is_the_covariance_of_scores(
    mean: Float[Array, ""], std: Float[Array, ""]
):
    r"""$\mathbb E[s s^\top] = \mathrm{diag}(1 / \sigma^2, 2 / \sigma^2)$, the score in $(\mu, \sigma)$.

    The mean is that over three nodes, which is exact for polynomials of degree five.
    """

    def squared(x, _):
        score = jnp.stack(jax.grad(gaussian_log_density, (1, 2))(x, mean, std))
        return jnp.outer(score, score).ravel()

    return fisher_gaussian(std), mean_over(squared, mean, std).reshape(2, 2)


@fisher_information_of_a_gaussian_is_the_covariance_of_scores.mutant
def fisher_information_of_a_gaussian_is_the_same_in_both_parameters(mean, std):
    each = mean_over(lambda _, e: (e / std) ** 2, mean, std)
    return fisher_gaussian(std), jnp.diag(jnp.stack([each, each]))


@identity(source=f"{AMARI}, eq. (2.3)")
def divergence_near_a_gaussian_is_half_the_fisher_information(mean: Float[Array, ""], std: Float[Array, ""]):
    r"""The Hessian of the divergence in the second law is $F$ where both are equal."""

    def apart(theta):
        return gaussian_kl(mean, std, theta[0], theta[1])

    return jax.hessian(apart)(jnp.stack([mean, std])), fisher_gaussian(std)


@divergence_near_a_gaussian_is_half_the_fisher_information.mutant
def divergence_near_a_gaussian_is_half_the_information_about_the_variance(mean, std):
    def apart(theta):
        return gaussian_kl(mean, std, theta[0], jnp.sqrt(theta[1]))

    return jax.hessian(apart)(jnp.stack([mean, std**2])), fisher_gaussian(std)


@identity(source=f"{AMARI}, section 3: a change of parameters", at=dict(n=3))
def natural_gradients_do_not_see_the_parameters(
    x: Float[Array, "2"], g: Float[Array, "2"], a: Float[Array, "2 2"]
):
    r"""A step $F^{-1} g$ is the same after a linear change of parameters $\theta = A \varphi$.

    Gradients change to $A^\top g$ and the information to $A^\top F A$. The law has three outcomes, the last
    with the score 0.
    """
    fisher = fisher_softmax(jnp.append(x, 0.0))[:2, :2]
    changed = a @ _solve(a.T @ fisher @ a, a.T @ g)
    return changed, _solve(fisher, g)


@natural_gradients_do_not_see_the_parameters.mutant
def gradients_do_not_see_the_parameters(x, g, a):
    return a @ (a.T @ g), g


def _solve(a: Array, b: Array) -> Array:
    det = a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]
    adjugate = jnp.stack([jnp.stack([a[1, 1], -a[0, 1]]), jnp.stack([-a[1, 0], a[0, 0]])])
    return adjugate @ b / det


@bound(
    source="Popoviciu 1935: a variance is at most a quarter of the squared range",
    box=dict(a=(-3, 3)),
    slack=0.001,
    sharp=dict(a=0.0),
)
def fisher_information_of_a_softmax_is_at_most_a_half(a: Float[Array, ""]):
    r"""$u^\top F u \le \tfrac12 \lVert u \rVert^2$; here $u = (1, -1)$ and scores $(a, 0)$."""
    u = jnp.asarray([1.0, -1.0], a.dtype)
    return u @ fisher_softmax(jnp.stack([a, 0 * a])) @ u, u @ u / 2


@fisher_information_of_a_softmax_is_at_most_a_half.mutant
def fisher_information_of_a_softmax_is_at_most_two_fifths(a):
    u = jnp.asarray([1.0, -1.0], a.dtype)
    return u @ fisher_softmax(jnp.stack([a, 0 * a])) @ u, 0.4 * (u @ u)
