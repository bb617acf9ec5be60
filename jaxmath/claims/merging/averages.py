"""Merging: means, task arithmetic and Fisher information."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import fisher_merge, soup, task_arithmetic
from jaxmath.verify.claim import derivative, identity

WORTSMAN = "Wortsman et al. 2022, Model soups, arXiv:2203.05482"
ILHARCO = "Ilharco et al. 2022, arXiv:2212.04089, section 2"
MATENA = "Matena & Raffel 2021, arXiv:2111.09832, section 3"
SIZES = dict(models=3, n=2)
Models = Float[Array, "models n"]
Model = Float[Array, " n"]
Weights = Float[Array, " models"]
Scalar = Float[Array, ""]


@identity(source=f"{WORTSMAN}, section 4", at=SIZES)
def a_soup_of_linear_models_is_their_ensemble(models: Models, weights: Weights, x: Model):
    r"""Of linear models $x^\top \theta$ the mean of weights gives the mean of outputs."""
    return soup(models, weights) @ x, (weights @ (models @ x)) / weights.sum()


@a_soup_of_linear_models_is_their_ensemble.mutant
def a_soup_of_other_models_is_their_ensemble(models, weights, x):
    return jnp.exp(soup(models, weights) @ x), (weights @ jnp.exp(models @ x)) / weights.sum()


@identity(source=f"{WORTSMAN}, section 4, comparing soups to ensembles; second-order expansion", at=SIZES)
def soups_differ_from_ensembles_by_the_spread_of_the_models(models: Models, x: Model):
    r"""The mean output is that of the soup, plus the variance of $x^\top \theta_k$.

    For models $f(\theta) = (x^\top \theta)^2$.
    """
    outputs = models @ x
    center = soup(models, jnp.ones(3)) @ x
    return (outputs**2).mean(), center**2 + ((outputs - center) ** 2).mean()


@soups_differ_from_ensembles_by_the_spread_of_the_models.mutant
def soups_do_not_differ_from_ensembles(models, x):
    return ((models @ x) ** 2).mean(), (soup(models, jnp.ones(3)) @ x) ** 2


@identity(source=f"{ILHARCO}; {WORTSMAN}", at=SIZES)
def task_arithmetic_contains_models_base_and_soup(base: Model, models: Models):
    r"""$\lambda = 1$ with one model gives the model, $\lambda = 0$ the base, $\lambda = \frac1k$ the soup."""
    got = (
        task_arithmetic(base, models[:1], 1.0),
        task_arithmetic(base, models, 0.0),
        task_arithmetic(base, models, 1 / jnp.asarray(3.0)),
    )
    return got, (models[0], base, soup(models, jnp.ones(3)))


@task_arithmetic_contains_models_base_and_soup.mutant
def task_arithmetic_at_one_half_is_the_soup(base, models):
    got = (
        task_arithmetic(base, models[:1], 1.0),
        task_arithmetic(base, models, 0.0),
        task_arithmetic(base, models, 0.5),
    )
    return got, (models[0], base, soup(models, jnp.ones(3)))


@identity(source=f"{ILHARCO}, forgetting via negation", at=SIZES)
def a_task_added_and_taken_away_is_gone(base: Model, models: Models, scale: Scalar):
    r"""Adding the differences with $\lambda$ and then with $-\lambda$ leads back to the base."""
    there = task_arithmetic(base, models, scale)
    tasks = models - base[None, :]
    return task_arithmetic(there, there[None, :] + tasks, -scale), base


@a_task_added_and_taken_away_is_gone.mutant
def a_model_added_and_taken_away_is_gone(base, models, scale):
    there = task_arithmetic(base, models, scale)
    return task_arithmetic(there, models, -scale), base


@identity(source=f"{MATENA}, eq. (2)", at=dict(models=2, n=2))
def fisher_merging_maximises_the_sum_of_gaussian_posteriors(models: Models, size: Models, other: Model):
    r"""$\sum_{k i} F_{k i} (\theta_i - \theta_{k i})^2$ is least there.

    Elsewhere it is more by $\sum_{k i} F_{k i} (\theta_i - \theta^\star_i)^2$.
    """
    fishers = jnp.exp(size)
    best = fisher_merge(models, fishers)
    gap = _misfit(other, models, fishers) - _misfit(best, models, fishers)
    return gap, (fishers.sum(0) * (other - best) ** 2).sum()


@fisher_merging_maximises_the_sum_of_gaussian_posteriors.mutant
def a_soup_maximises_the_sum_of_gaussian_posteriors(models, size, other):
    fishers = jnp.exp(size)
    best = soup(models, jnp.ones(2))
    gap = _misfit(other, models, fishers) - _misfit(best, models, fishers)
    return gap, (fishers.sum(0) * (other - best) ** 2).sum()


@identity(source=MATENA, at=SIZES)
def equal_information_gives_the_soup(models: Models, fisher: Model, weights: Weights):
    r"""Where $F_k = \alpha_k F$, entry by entry, Fisher merging is the soup with weights $\alpha$."""
    fishers = weights[:, None] * jnp.exp(fisher)[None, :]
    return fisher_merge(models, fishers), soup(models, weights)


@equal_information_gives_the_soup.mutant
def any_information_gives_the_soup(models, fisher, weights):
    fishers = weights[:, None] + jnp.exp(fisher)[None, :]
    return fisher_merge(models, fishers), soup(models, weights)


@derivative(source=f"{MATENA}; chain rule", at=dict(models=2, n=2))
def merged_weights_follow_models_by_their_information(models: Models, fishers: Models):
    r"""The derivative by $\theta_k$ is $F_k / \sum F$.

    That by $F_k$ is $(\theta_k - \theta) / \sum F$.
    """

    def vjp(models, fishers, dy):
        share = dy / fishers.sum(0)
        return fishers * share[None], (models - fisher_merge(models, fishers)[None]) * share[None]

    return fisher_merge, vjp


@merged_weights_follow_models_by_their_information.mutant
def merged_weights_follow_models_alike(models, fishers):
    def vjp(models, fishers, dy):
        share = dy / fishers.sum(0)
        alike = jnp.broadcast_to(dy / 2, models.shape)
        return alike, (models - fisher_merge(models, fishers)[None]) * share[None]

    return fisher_merge, vjp


def _misfit(theta: Array, models: Array, fishers: Array) -> Array:
    return (fishers * (theta[None, :] - models) ** 2).sum()
