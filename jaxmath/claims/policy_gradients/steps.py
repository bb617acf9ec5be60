"""Policy gradients: generalised advantages, and the clipped surrogate."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import gae, ppo_clip
from jaxmath.verify.claim import bound, identity, independence

GAE = "Schulman et al. 2015, arXiv:1506.02438"
PPO = "Schulman et al. 2017, arXiv:1707.06347, section 3"
SIZES = dict(t=3)
Steps = Float[Array, " t"]
Values = Float[Array, " t+1"]
Scalar = Float[Array, ""]


def _same(discount):
    return jnp.broadcast_to(discount, (3,))


@identity(source=f"{GAE}, eq. (18)", at=SIZES)
def with_a_full_trace_surprises_telescope(rewards: Steps, values: Values, discount: Scalar):
    r"""At $\lambda = 1$: $A_0 = \sum_s \gamma^s r_s + \gamma^t V_t - V_0$, the values between cancel."""
    returns = rewards[0] + discount * rewards[1] + discount**2 * rewards[2] + discount**3 * values[3]
    return gae(rewards, values, _same(discount), 1.0)[0], returns - values[0]


@with_a_full_trace_surprises_telescope.mutant
def with_a_full_trace_the_last_value_is_forgotten(rewards, values, discount):
    returns = rewards[0] + discount * rewards[1] + discount**2 * rewards[2]
    return gae(rewards, values, _same(discount), 1.0)[0], returns - values[0]


@identity(source=f"{GAE}, eq. (17)", at=SIZES)
def without_a_trace_advantages_are_surprises(rewards: Steps, values: Values, discounts: Steps):
    r"""At $\lambda = 0$: $A_s = r_s + \gamma_s V_{s+1} - V_s$."""
    return gae(rewards, values, discounts, 0.0), rewards + discounts * values[1:] - values[:-1]


@without_a_trace_advantages_are_surprises.mutant
def without_a_trace_advantages_are_surprises_at_the_state_before(rewards, values, discounts):
    return gae(rewards, values, discounts, 0.0), rewards + discounts * values[:-1] - values[1:]


@identity(source=f"{GAE}, eq. (16)", at=SIZES)
def advantages_average_over_horizons(rewards: Steps, values: Values, discount: Scalar, trace: Scalar):
    r"""$A_0 = (1 - \lambda)(A^{(1)} + \lambda A^{(2)}) + \lambda^2 A^{(3)}$.

    With the $k$-step advantages $A^{(k)} = \sum_{s < k} \gamma^s r_s + \gamma^k V_k - V_0$.
    """
    one, two, three = (_horizon(rewards, values, discount, k) for k in (1, 2, 3))
    mean = (1 - trace) * (one + trace * two) + trace**2 * three
    return gae(rewards, values, _same(discount), trace)[0], mean


@advantages_average_over_horizons.mutant
def advantages_average_over_horizons_with_weights_that_miss_the_end(rewards, values, discount, trace):
    one, two, three = (_horizon(rewards, values, discount, k) for k in (1, 2, 3))
    mean = (1 - trace) * (one + trace * two + trace**2 * three)
    return gae(rewards, values, _same(discount), trace)[0], mean


@identity(source="Ng et al. 1999, reward shaping, theorem 1", at=SIZES)
def advantages_ignore_a_potential(
    rewards: Steps, values: Values, discounts: Steps, phi: Values, trace: Scalar
):
    r"""Rewards $r_s + \gamma_s \Phi_{s+1} - \Phi_s$ and values $V - \Phi$ have the same advantages."""
    shaped = rewards + discounts * phi[1:] - phi[:-1]
    return gae(shaped, values - phi, discounts, trace), gae(rewards, values, discounts, trace)


@advantages_ignore_a_potential.mutant
def advantages_ignore_a_potential_in_rewards_alone(rewards, values, discounts, phi, trace):
    shaped = rewards + discounts * phi[1:] - phi[:-1]
    return gae(shaped, values, discounts, trace), gae(rewards, values, discounts, trace)


@independence(source=f"{GAE}, section 3; episodes", at=SIZES)
def advantages_do_not_see_the_next_episode(rewards: Steps, values: Values, discount: Scalar, trace: Scalar):
    r"""A discount of zero at step 1 hides every later reward and value from steps 0 and 1."""
    discounts = jnp.stack([discount, jnp.zeros(()), discount])
    marks = dict(rewards=np.arange(3) > 1, values=np.arange(4) > 1)
    return gae(rewards, values, discounts, trace), [(np.arange(3) < 2, marks)]


@advantages_do_not_see_the_next_episode.mutant
def advantages_do_not_see_the_next_step(rewards, values, discount, trace):
    marks = dict(rewards=np.arange(3) > 1, values=np.arange(4) > 1)
    return gae(rewards, values, _same(discount), trace), [(np.arange(3) < 2, marks)]


@bound(source=PPO, box=dict(ratio=(0, 3), advantage=(-2, 2)), slack=1e-3, sharp=dict(ratio=1, advantage=1))
def clipping_gives_a_lower_bound(ratio: Scalar, advantage: Scalar):
    r"""$\min(\rho A, \mathrm{clip}(\rho) A) \le \rho A$: a pessimistic bound on the unclipped objective."""
    return ppo_clip(ratio, advantage), ratio * advantage


@clipping_gives_a_lower_bound.mutant
def clipping_the_ratio_alone_gives_a_lower_bound(ratio, advantage):
    return jnp.clip(ratio, 0.8, 1.2) * advantage, ratio * advantage


@bound(source=PPO, box=dict(good=(0.1, 2), beyond=(0.01, 0.7)), slack=1e-9, sharp=None)
def clipping_stops_the_gradient_on_one_side_only(good: Scalar, beyond: Scalar):
    r"""$\partial_\rho$ is zero for $A > 0, \rho > 1 + \epsilon$ and for $A < 0, \rho < 1 - \epsilon$.

    Past the other ends it is $A$.
    """
    zero = jnp.zeros_like(good)
    slopes = [_slope(end, sign * good, beyond) for end in (1.2, 0.8) for sign in (1, -1)]
    return [jnp.abs(a - b) for a, b in zip(slopes, [zero, -good, good, zero], strict=True)], [zero] * 4


@clipping_stops_the_gradient_on_one_side_only.mutant
def clipping_stops_the_gradient_on_both_sides(good, beyond):
    zero = jnp.zeros_like(good)
    slopes = [_slope(end, sign * good, beyond) for end in (1.2, 0.8) for sign in (1, -1)]
    return [jnp.abs(a) for a in slopes], [zero] * 4


@identity(source=PPO, at=dict(n=3))
def the_first_step_is_a_plain_policy_gradient(log_prob: Float[Array, " n"], advantage: Float[Array, " n"]):
    r"""Where the policy is still the old one, the gradient by $\log \pi$ is $A$."""

    def surrogate(now):
        return ppo_clip(jnp.exp(now - log_prob), advantage).sum()

    return jax.grad(surrogate)(log_prob), advantage


@the_first_step_is_a_plain_policy_gradient.mutant
def the_first_step_is_weighed_by_the_policy(log_prob, advantage):
    def surrogate(now):
        return ppo_clip(jnp.exp(now - log_prob), advantage).sum()

    return jax.grad(surrogate)(log_prob), jnp.exp(log_prob) * advantage


def _horizon(rewards: Array, values: Array, discount: Array, k: int) -> Array:
    gains = sum(discount**s * rewards[s] for s in range(k))
    return gains + discount**k * values[k] - values[0]


def _slope(end: float, advantage: Array, beyond: Array) -> Array:
    """The slope of the surrogate in the ratio, beyond an end of the range."""
    ratio = end + beyond if end > 1 else end - beyond
    return jax.grad(lambda ratio: ppo_clip(ratio, advantage))(ratio)
