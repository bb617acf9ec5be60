"""Preferences: the policy that a reward and a reference ask for."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import kl, logsumexp, softmax, tilted_policy
from jaxmath.verify.claim import derivative, identity

RAFAILOV = "Rafailov et al. 2023, arXiv:2305.18290"
KORBAK = "Korbak et al. 2022, RL with KL penalties, arXiv:2205.11275, section 3"
SIZES = dict(n=3)
Laws = Float[Array, " n"]
Scalar = Float[Array, ""]


@identity(source=f"{RAFAILOV}, appendix A.1", at=SIZES)
def the_best_policy_is_worth_the_logarithm_of_its_sum(x: Laws, reward: Laws, beta: Scalar):
    r"""$J(\pi^\star) = \beta \log Z$ with $Z = \sum_i \pi_{\mathrm{ref},i}\, e^{r_i / \beta}$."""
    reference = softmax(x)
    best = tilted_policy(reference, reward, beta)
    return _worth(best, reference, reward, beta), beta * _log_z(reference, reward, beta)


@the_best_policy_is_worth_the_logarithm_of_its_sum.mutant
def the_best_policy_is_worth_the_mean_reward(x, reward, beta):
    reference = softmax(x)
    return _worth(tilted_policy(reference, reward, beta), reference, reward, beta), reference @ reward


@identity(source=KORBAK, at=SIZES)
def other_policies_miss_the_best_by_their_divergence(x: Laws, y: Laws, reward: Laws, beta: Scalar):
    r"""$J(\pi^\star) - J(\pi) = \beta\, D(\pi \Vert \pi^\star)$ for every policy $\pi$."""
    reference, policy = softmax(x), softmax(y)
    best = tilted_policy(reference, reward, beta)
    gap = _worth(best, reference, reward, beta) - _worth(policy, reference, reward, beta)
    return gap, beta * kl(policy, best)


@other_policies_miss_the_best_by_their_divergence.mutant
def other_policies_miss_the_best_by_the_reverse_divergence(x, y, reward, beta):
    reference, policy = softmax(x), softmax(y)
    best = tilted_policy(reference, reward, beta)
    gap = _worth(best, reference, reward, beta) - _worth(policy, reference, reward, beta)
    return gap, beta * kl(best, policy)


@identity(source=f"{RAFAILOV}, eq. (5)", at=SIZES)
def the_best_policy_tells_its_reward_up_to_a_constant(x: Laws, reward: Laws, beta: Scalar):
    r"""$\beta \log \pi^\star / \pi_{\mathrm{ref}} = r - \beta \log Z$.

    A language model is secretly a reward model.
    """
    reference = softmax(x)
    implied = beta * (jnp.log(tilted_policy(reference, reward, beta)) - jnp.log(reference))
    return implied, reward - beta * _log_z(reference, reward, beta)


@the_best_policy_tells_its_reward_up_to_a_constant.mutant
def the_best_policy_tells_its_reward(x, reward, beta):
    reference = softmax(x)
    implied = beta * (jnp.log(tilted_policy(reference, reward, beta)) - jnp.log(reference))
    return implied, reward


@identity(source=f"{RAFAILOV}, theorem 1", at=dict(n=2))
def the_best_policy_prefers_as_its_reward_does(x: Laws, reward: Laws, beta: Scalar):
    r"""Differences of $\beta \log \pi^\star / \pi_{\mathrm{ref}}$ are those of $r$.

    They are all that the Bradley-Terry model sees.
    """
    reference = softmax(x)
    implied = beta * (jnp.log(tilted_policy(reference, reward, beta)) - jnp.log(reference))
    return implied[0] - implied[1], reward[0] - reward[1]


@the_best_policy_prefers_as_its_reward_does.mutant
def the_best_policy_prefers_as_its_reward_over_its_price_does(x, reward, beta):
    reference = softmax(x)
    implied = jnp.log(tilted_policy(reference, reward, beta)) - jnp.log(reference)
    return implied[0] - implied[1], reward[0] - reward[1]


@derivative(source="exponential families; Gao et al. 2022, arXiv:2210.10760, section 3", at=SIZES)
def reward_and_divergence_grow_with_the_variance_of_the_reward(t: Scalar):
    r"""$\frac{d}{dt} \mathbb E[r] = \mathrm{Var}(r)$ and $\frac{d}{dt} D = t\, \mathrm{Var}(r)$.

    With $t = 1 / \beta$, so that the slope of reward against divergence is $\beta$. Rewards are 1, 2 and 5.
    """
    return _frontier, lambda t, dy: ((dy[0] + t * dy[1]) * _variance(t),)


@reward_and_divergence_grow_with_the_variance_of_the_reward.mutant
def reward_and_divergence_grow_alike(t):
    return _frontier, lambda t, dy: ((dy[0] + dy[1]) * _variance(t),)


@identity(source=f"{RAFAILOV}, eq. (3); Jeffreys 1946", at=dict(n=3))
def the_best_policy_gains_its_price_times_both_divergences(x: Laws, reward: Laws, beta: Scalar):
    r"""The mean reward rises by $\beta$ times the divergences of both policies from one another.

    $$ \mathbb E_{\pi^\star}[r] - \mathbb E_{\pi_{\mathrm{ref}}}[r] =
       \beta \bigl(D(\pi^\star \Vert \pi_{\mathrm{ref}}) + D(\pi_{\mathrm{ref}} \Vert \pi^\star)\bigr) $$
    """
    reference = softmax(x)
    best = tilted_policy(reference, reward, beta)
    return (best - reference) @ reward, beta * (kl(best, reference) + kl(reference, best))


@the_best_policy_gains_its_price_times_both_divergences.mutant
def the_best_policy_gains_its_price_times_its_divergence(x, reward, beta):
    reference = softmax(x)
    best = tilted_policy(reference, reward, beta)
    return (best - reference) @ reward, beta * kl(best, reference)


def _worth(policy: Array, reference: Array, reward: Array, beta: Array) -> Array:
    return policy @ reward - beta * kl(policy, reference)


def _log_z(reference: Array, reward: Array, beta: Array) -> Array:
    return logsumexp(jnp.log(reference) + reward / beta)


def _frontier(t: Array) -> Array:
    """The mean reward and the divergence of the policy tilted by t."""
    reward, reference = jnp.array([1.0, 2.0, 5.0]), jnp.array([0.5, 0.25, 0.25])
    policy = tilted_policy(reference, reward, 1 / t)
    return jnp.stack([policy @ reward, kl(policy, reference)])


def _variance(t: Array) -> Array:
    reward = jnp.array([1.0, 2.0, 5.0])
    policy = tilted_policy(jnp.array([0.5, 0.25, 0.25]), reward, 1 / t)
    return policy @ (reward - policy @ reward) ** 2
