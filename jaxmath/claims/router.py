"""Routers: choices, weights and losses that keep the load even."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import (
    balanced_bias,
    load_balance_loss,
    router_z_loss,
    sigmoid_router,
    softmax,
    softmax_router,
)
from jaxmath.verify.claim import accounting, derivative, identity

FEDUS = "Fedus, Zoph & Shazeer 2021, arXiv:2101.03961, eq. (4) to (6)"
DEEPSEEK = "DeepSeek-AI 2024, arXiv:2412.19437, eq. (13) to (16)"


def _routed(logits, k, bias=None, **how):
    with jax.enable_x64(True):
        picked, weights = sigmoid_router(logits, k, bias, renormalise=False, **how)
        return picked[0].tolist(), weights[0].tolist()


@identity(source="Jiang et al. 2024, arXiv:2401.04088, section 2.1", at=dict(n=1, experts=3))
def renormalised_weights_are_the_softmax_of_the_largest_logits(logits: Float[Array, "n experts"]):
    r"""Softmax over all experts, top $k$, renormalised; or top $k$ first and softmax of these."""
    return softmax_router(logits, 2).weights, softmax(jax.lax.top_k(logits, 2)[0])


@renormalised_weights_are_the_softmax_of_the_largest_logits.mutant
def probabilities_are_the_softmax_of_the_largest_logits(logits):
    return softmax_router(logits, 2, renormalise=False).weights, softmax(jax.lax.top_k(logits, 2)[0])


@accounting(source=f"{DEEPSEEK}: the gate of the chosen is the affinity, not what was sorted")
def a_bias_chooses_but_does_not_weigh():
    r"""Biases 9 and 8 pick experts 1 and 2; their weights are $\sigma(-1)$ and $\sigma(0)$."""
    picked, weights = _routed(jnp.array([[3.0, -1.0, 0.0]]), 2, jnp.array([0.0, 9.0, 8.0]))
    return [*picked, *weights], [1, 2, "0.26894142", "0.5"]


@a_bias_chooses_but_does_not_weigh.mutant
def a_bias_weighs():
    picked, weights = _routed(jnp.array([[3.0, -1.0, 0.0]]) + jnp.array([[0.0, 9.0, 8.0]]), 2)
    return [*picked, *weights], [1, 2, "0.26894142", "0.5"]


@accounting(source="the reference code of DeepSeek-V3: a group stands by the sum of its two best")
def one_excellent_expert_does_not_make_the_best_group():
    r"""Affinities of 8 and -9 in one group, 2 and 1 in the other: the second group is asked."""
    picked, _ = _routed(jnp.array([[8.0, -9.0, 2.0, 1.0]]), 2, groups=2, kept=1)
    return picked, [2, 3]


@one_excellent_expert_does_not_make_the_best_group.mutant
def groups_do_not_matter():
    picked, _ = _routed(jnp.array([[8.0, -9.0, 2.0, 1.0]]), 2)
    return picked, [2, 3]


@accounting(source="DeepSeek-AI 2024, arXiv:2405.04434, section 2.2.2")
def the_most_probable_expert_makes_the_best_group():
    r"""By softmax, the group of 3 and -9 is asked, not that of 2 and 1, whose sum is larger."""
    picked, _ = softmax_router(jnp.array([[3.0, -9.0, 2.0, 1.0]]), 2, groups=2, kept=1)
    return picked[0].tolist(), [0, 1]


@the_most_probable_expert_makes_the_best_group.mutant
def two_good_experts_make_the_best_group():
    picked, _ = sigmoid_router(jnp.array([[3.0, -9.0, 2.0, 1.0]]), 2, groups=2, kept=1)
    return picked[0].tolist(), [0, 1]


@identity(source=FEDUS, at=dict(n=2, experts=4), given=dict(picked=np.array([[0, 1], [3, 2]])))
def even_choices_cost_one_whatever_the_router_believes(
    logits: Float[Array, "n experts"], picked: Int[Array, "n 2"]
):
    r"""If every expert is chosen equally often, $E \sum_e f_e P_e = \sum_e P_e = 1$, without a gradient."""

    def cost(x):
        return load_balance_loss(softmax(x), picked)

    return jax.value_and_grad(cost)(logits), (jnp.asarray(1.0), jnp.zeros_like(logits))


@even_choices_cost_one_whatever_the_router_believes.mutant
def even_choices_cost_the_number_of_choices(logits, picked):
    return (load_balance_loss(softmax(logits), picked), logits * 0), (jnp.asarray(2.0), logits * 0)


@derivative(source="Zoph et al. 2022, arXiv:2202.08906, eq. (5)", at=dict(n=2, experts=3))
def the_router_z_loss_pulls_log_denominators_to_zero(logits: Float[Array, "n experts"]):
    r"""$\partial / \partial x_{te} = \frac2n L_t\, p_{te}$."""

    def vjp(logits, dy):
        return dy * jax.nn.logsumexp(logits, axis=-1, keepdims=True) * softmax(logits)

    return router_z_loss, vjp


@the_router_z_loss_pulls_log_denominators_to_zero.mutant
def the_router_z_loss_pulls_all_logits_alike(logits):
    def vjp(logits, dy):
        return dy * jax.nn.logsumexp(logits, axis=-1, keepdims=True) * jnp.ones_like(logits) / 3

    return router_z_loss, vjp


@identity(source=DEEPSEEK, at=dict(experts=3), given=dict(picked=np.array([[0, 1], [0, 1], [0, 2]])))
def crowded_experts_lose_and_idle_ones_gain(
    bias: Float[Array, " experts"], rate: Float[Array, ""], picked: Int[Array, "3 2"]
):
    r"""Loads 3, 2 and 1 of a mean of 2 move biases by $-u$, 0 and $u$."""
    return balanced_bias(bias, picked, rate) - bias, rate * jnp.array([-1.0, 0.0, 1.0])


@crowded_experts_lose_and_idle_ones_gain.mutant
def biases_follow_loads(bias, rate, picked):
    return balanced_bias(bias, picked, rate) - bias, rate * jnp.array([1.0, 0.0, -1.0])
