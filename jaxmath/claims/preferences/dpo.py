"""Preferences: direct preference optimisation, its gradient and its relatives."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import bradley_terry, dpo, ipo, preference_margin, robust_dpo, sigmoid
from jaxmath.verify.claim import accounting, derivative, identity

RAFAILOV = "Rafailov et al. 2023, arXiv:2305.18290"
AZAR = "Azar et al. 2023, arXiv:2310.12036"
CHOWDHURY = "Chowdhury et al. 2024, arXiv:2403.00409"
Scalar = Float[Array, ""]


@derivative(source=f"{RAFAILOV}, section 4, what does the DPO update do")
def dpo_has_the_textbook_gradient(chosen: Scalar, rejected: Scalar, ref: Scalar, other: Scalar, beta: Scalar):
    r"""$\nabla = -\beta\, \sigma(-\beta h)\, (\nabla \log \pi_w - \nabla \log \pi_l)$.

    The references get its negative, $\beta$ gets $-h\, \sigma(-\beta h)$.
    """

    def vjp(chosen, rejected, ref, other, beta, dl):
        h = preference_margin(chosen, rejected, ref, other)
        wrong = dl * sigmoid(-beta * h)
        return -beta * wrong, beta * wrong, beta * wrong, -beta * wrong, -h * wrong

    return dpo, vjp


@dpo_has_the_textbook_gradient.mutant
def dpo_has_a_gradient_that_grows_with_the_margin(chosen, rejected, ref, other, beta):
    def vjp(chosen, rejected, ref, other, beta, dl):
        h = preference_margin(chosen, rejected, ref, other)
        right = dl * sigmoid(beta * h)
        return -beta * right, beta * right, beta * right, -beta * right, -h * right

    return dpo, vjp


@identity(source=f"{RAFAILOV}, eq. (7)")
def dpo_is_log_two_at_the_reference(chosen: Scalar, rejected: Scalar, beta: Scalar):
    r"""Where the policy is the reference, every pair costs $\log 2$."""
    return dpo(chosen, rejected, chosen, rejected, beta), jnp.log(jnp.full((), 2.0))


@dpo_is_log_two_at_the_reference.mutant
def dpo_is_log_two_with_the_references_swapped(chosen, rejected, beta):
    return dpo(chosen, rejected, rejected, chosen, beta), jnp.log(jnp.full((), 2.0))


@accounting(source="TRL, trajectory of a DPO run, loss of the first step")
def dpo_starts_where_a_published_run_starts():
    r"""The loss of the first step in float32, where policy and reference are one model."""
    half = jnp.full((), -3.0, jnp.float32)
    return float(dpo(half, 2 * half, half, 2 * half, 0.1)), "0.6931471824645996"


@dpo_starts_where_a_published_run_starts.mutant
def dpo_starts_where_log_two_is():
    return float(jnp.log(jnp.full((), 2.0, jnp.float64))), "0.6931471824645996"


@identity(source=f"{RAFAILOV}, eq. (6)")
def dpo_is_the_loss_of_a_bradley_terry_model(
    chosen: Scalar, rejected: Scalar, ref: Scalar, other: Scalar, beta: Scalar
):
    r"""It is $-\log P(w \succ l)$ for the rewards $\beta \log \pi / \pi_{\mathrm{ref}}$."""
    preferred = bradley_terry(beta * (chosen - ref), beta * (rejected - other))
    return dpo(chosen, rejected, ref, other, beta), -jnp.log(preferred)


@dpo_is_the_loss_of_a_bradley_terry_model.mutant
def dpo_is_the_loss_of_rewards_without_a_reference(chosen, rejected, ref, other, beta):
    preferred = bradley_terry(beta * chosen, beta * rejected)
    return dpo(chosen, rejected, ref, other, beta), -jnp.log(preferred)


@identity(source=f"{RAFAILOV}, definition 1: equivalent rewards")
def preferences_see_differences_of_rewards_only(a: Scalar, b: Scalar, c: Scalar):
    r"""$P(a \succ b) + P(b \succ a) = 1$, and a constant added to both rewards changes nothing."""
    both = bradley_terry(a, b) + bradley_terry(b, a)
    return (both, bradley_terry(a + c, b + c)), (jnp.ones(()), bradley_terry(a, b))


@preferences_see_differences_of_rewards_only.mutant
def preferences_see_ratios_of_rewards_only(a, b, c):
    both = bradley_terry(a, b) + bradley_terry(b, a)
    return (both, bradley_terry(a * c, b * c)), (jnp.ones(()), bradley_terry(a, b))


@identity(source="Mitchell 2023, a note on DPO with noisy preferences")
def conservative_dpo_rests_at_the_logit_of_its_doubt(x: Scalar, beta: Scalar):
    r"""Its gradient is zero at $\beta h = \log \frac{1 - \epsilon}{\epsilon}$.

    Here with $\epsilon = \sigma(-x)$.
    """
    zero = jnp.zeros_like(x)
    slope = jax.grad(lambda h: dpo(h, zero, zero, zero, beta, sigmoid(-x)))(x / beta)
    return slope, zero


@conservative_dpo_rests_at_the_logit_of_its_doubt.mutant
def conservative_dpo_rests_at_its_doubt(x, beta):
    zero = jnp.zeros_like(x)
    slope = jax.grad(lambda h: dpo(h, zero, zero, zero, beta, sigmoid(-x)))(sigmoid(-x) / beta)
    return slope, zero


@identity(source=f"{CHOWDHURY}, lemma 3.1")
def robust_dpo_is_unbiased_under_flips(
    chosen: Scalar, rejected: Scalar, ref: Scalar, other: Scalar, beta: Scalar, eps: Scalar
):
    r"""With labels flipped with probability $\epsilon$, its mean is the loss of the true labels."""
    seen = robust_dpo(chosen, rejected, ref, other, beta, eps)
    flipped = robust_dpo(rejected, chosen, other, ref, beta, eps)
    return (1 - eps) * seen + eps * flipped, dpo(chosen, rejected, ref, other, beta)


@robust_dpo_is_unbiased_under_flips.mutant
def conservative_dpo_is_unbiased_under_flips(chosen, rejected, ref, other, beta, eps):
    seen = dpo(chosen, rejected, ref, other, beta, eps)
    flipped = dpo(rejected, chosen, other, ref, beta, eps)
    return (1 - eps) * seen + eps * flipped, dpo(chosen, rejected, ref, other, beta)


@derivative(source=f"{AZAR}, eq. (17)")
def ipo_pulls_the_margin_to_half_the_inverse_of_tau(
    chosen: Scalar, rejected: Scalar, ref: Scalar, other: Scalar, tau: Scalar
):
    r"""$\partial_h = 2 (h - 1 / 2 \tau)$: beyond its margin IPO pulls back, where DPO goes on."""

    def vjp(chosen, rejected, ref, other, tau, dl):
        pull = 2 * dl * (preference_margin(chosen, rejected, ref, other) - 1 / (2 * tau))
        return pull, -pull, -pull, pull, pull / (2 * tau**2)

    return ipo, vjp


@ipo_pulls_the_margin_to_half_the_inverse_of_tau.mutant
def ipo_pulls_the_margin_to_the_inverse_of_tau(chosen, rejected, ref, other, tau):
    def vjp(chosen, rejected, ref, other, tau, dl):
        pull = 2 * dl * (preference_margin(chosen, rejected, ref, other) - 1 / tau)
        return pull, -pull, -pull, pull, pull / (2 * tau**2)

    return ipo, vjp
