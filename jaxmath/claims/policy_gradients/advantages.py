"""Policy gradients: advantages from groups of answers, and which of them are unbiased."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import centred_rewards, grpo_advantages, log_softmax, rloo_advantages, softmax
from jaxmath.verify.claim import identity

SHAO = "Shao et al. 2024, DeepSeekMath, arXiv:2402.03300, section 4.1.2"
LIU = "Liu et al. 2025, Dr. GRPO, arXiv:2503.20783"
KOOL = "Kool et al. 2019; Ahmadian et al. 2024, arXiv:2402.14740, eq. (8)"
# All groups of three answers out of two.
GROUPS = np.array(list(itertools.product(range(2), repeat=3)))
Rewards = Float[Array, " answers"]
Scores = Float[Array, "2"]
Scalar = Float[Array, ""]


def _estimate(advantages, x, reward):
    """The mean, over all groups of three answers, of the policy gradient that uses these advantages."""
    log_p = log_softmax(x)
    likelihood = jnp.exp(log_p[GROUPS].sum(1))
    scores = jax.jacobian(log_softmax)(x)[GROUPS]
    return jnp.einsum("g,ga,gav->v", likelihood, jax.vmap(advantages)(reward[GROUPS]), scores) / 3


def _gradient(x, reward):
    return jax.grad(lambda x: softmax(x) @ reward)(x)


@identity(source=KOOL)
def leave_one_out_advantages_are_unbiased(x: Scores, reward: Scores):
    r"""Over all groups of three answers RLOO gives $\nabla \mathbb E_\pi[r]$ on average."""
    return _estimate(rloo_advantages, x, reward), _gradient(x, reward)


@leave_one_out_advantages_are_unbiased.mutant
def advantages_without_the_group_mean_are_unbiased(x, reward):
    return _estimate(centred_rewards, x, reward), _gradient(x, reward)


@identity(source=f"{LIU}, section 3.2; {KOOL}")
def a_group_mean_as_baseline_shrinks_the_gradient(x: Scores, reward: Scores):
    r"""With $r_i - \bar r$ it is $\frac{n - 1}{n} \nabla \mathbb E_\pi[r]$ on average.

    Shorter, in the right direction.
    """
    return _estimate(centred_rewards, x, reward), 2 * _gradient(x, reward) / 3


@a_group_mean_as_baseline_shrinks_the_gradient.mutant
def standardised_rewards_shrink_the_gradient(x, reward):
    return _estimate(lambda r: grpo_advantages(r, 0.5), x, reward), 2 * _gradient(x, reward) / 3


@identity(source=f"{LIU}, appendix A", at=dict(answers=4))
def leave_one_out_is_a_multiple_of_centring(rewards: Rewards):
    r"""$r_i - \frac{1}{n - 1} \sum_{j \ne i} r_j = \frac{n}{n - 1} (r_i - \bar r)$."""
    return rloo_advantages(rewards), 4 / 3 * centred_rewards(rewards)


@leave_one_out_is_a_multiple_of_centring.mutant
def leave_one_out_is_centring(rewards):
    return rloo_advantages(rewards), centred_rewards(rewards)


@identity(source=SHAO, at=dict(answers=3))
def group_relative_advantages_have_mean_zero_and_variance_one(rewards: Rewards):
    r"""$\sum_i A_i = 0$ and, with $\epsilon = 0$, $\frac1n \sum_i A_i^2 = 1$."""
    a = grpo_advantages(rewards, 0.0)
    return (a.sum(), (a**2).mean()), (jnp.zeros(()), jnp.ones(()))


@group_relative_advantages_have_mean_zero_and_variance_one.mutant
def group_relative_advantages_have_sample_variance_one(rewards):
    a = grpo_advantages(rewards, 0.0)
    return (a.sum(), (a**2).sum() / 2), (jnp.zeros(()), jnp.ones(()))


@identity(source=SHAO, at=dict(answers=3))
def group_relative_advantages_ignore_scale_and_shift_of_rewards(rewards: Rewards, a: Scalar, b: Scalar):
    r"""$A(e^a r + b) = A(r)$ for $\epsilon = 0$."""
    return grpo_advantages(jnp.exp(a) * rewards + b, 0.0), grpo_advantages(rewards, 0.0)


@group_relative_advantages_ignore_scale_and_shift_of_rewards.mutant
def group_relative_advantages_with_a_floor_ignore_scale_and_shift(rewards, a, b):
    return grpo_advantages(jnp.exp(a) * rewards + b, 1e-4), grpo_advantages(rewards, 1e-4)


@identity(source=f"{LIU}, section 3.1, question-level difficulty bias")
def the_rare_success_of_a_group_is_worth_most(wrong: Scalar, gap: Scalar):
    r"""One right answer of four has $A = \sqrt 3$, whatever the gap $e^g$ of rewards.

    The others have $-1 / \sqrt 3$.
    """
    right = (wrong + jnp.exp(gap))[None]
    group = jnp.concatenate([right, jnp.broadcast_to(wrong, (3,))])
    root = jnp.sqrt(jnp.full((), 3.0))
    return grpo_advantages(group, 0.0), jnp.stack([root, -1 / root, -1 / root, -1 / root])


@the_rare_success_of_a_group_is_worth_most.mutant
def the_rare_success_of_a_group_is_worth_its_gap(wrong, gap):
    right = (wrong + jnp.exp(gap))[None]
    group = jnp.concatenate([right, jnp.broadcast_to(wrong, (3,))])
    return grpo_advantages(group, 0.0), centred_rewards(group)


@identity(source=f"{LIU}, section 3; policy: a group without contrast teaches nothing")
def a_group_of_equal_rewards_has_no_advantages(reward: Scalar, eps: Scalar):
    r"""All advantages are zero where all rewards are one, for any $\epsilon$."""
    return grpo_advantages(jnp.broadcast_to(reward, (3,)), eps), jnp.zeros(3)


@a_group_of_equal_rewards_has_no_advantages.mutant
def a_group_of_equal_rewards_has_their_advantages(reward, eps):
    return grpo_advantages(jnp.broadcast_to(reward, (3,)), eps), jnp.broadcast_to(reward, (3,))
