"""Traps: refinement."""

from fractions import Fraction

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import kl, log_softmax, softmax
from jaxmath.verify.claim import bound, distribution, identity, trap

SCHULMAN = "Schulman 2020, Approximating KL divergence"
LAW = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
REWARDS = (0, 1, 3)


def _mean_gradient(estimate, x: Array) -> Array:
    r"""$\mathbb E_{i \sim \pi} [\nabla_x k(x, i)]$: what a loss averaged over samples descends."""
    return softmax(x) @ jax.jacobian(estimate)(x)


@trap()
@identity(
    source=f"{SCHULMAN}, as the loss of GRPO: Shao et al. 2024, arXiv:2402.03300, eq. (4)", at=dict(n=2)
)
def the_unbiased_estimator_of_the_divergence_has_its_gradient(x: Float[Array, " n"], ref: Float[Array, " n"]):
    r"""The mean of $k_3 = \rho - 1 - \log \rho$ is $D(\pi \Vert \pi_0)$, and so is that of its gradient.

    Here $\rho = \pi_0 / \pi$ with $\pi_0$ the reference.
    """

    def k3(x):
        log_rho = log_softmax(ref) - log_softmax(x)
        return jnp.exp(log_rho) - 1 - log_rho

    return _mean_gradient(k3, x), jax.grad(lambda x: kl(softmax(x), softmax(ref)))(x)


@the_unbiased_estimator_of_the_divergence_has_its_gradient.truth
@identity(source=f"{SCHULMAN}, differentiated", at=dict(n=2))
def the_unbiased_estimator_has_the_gradient_of_the_reverse_divergence(
    x: Float[Array, " n"], ref: Float[Array, " n"]
):
    r"""$\mathbb E[k_3] = D(\pi \Vert \pi_0)$, but $\mathbb E[\nabla k_3] = \nabla D(\pi_0 \Vert \pi)$."""

    def k3(x):
        log_rho = log_softmax(ref) - log_softmax(x)
        return jnp.exp(log_rho) - 1 - log_rho

    p, q = softmax(x), softmax(ref)
    reverse = jax.grad(lambda x: kl(q, softmax(x)))(x)
    return (p @ k3(x), _mean_gradient(k3, x)), (kl(p, q), reverse)


def _direction(advantages) -> dict[str, Fraction]:
    r"""The expected policy gradient in the logits of `LAW` over all pairs of samples, up to its length."""
    total = [Fraction(0)] * 3
    for i, p in enumerate(LAW):
        for j, q in enumerate(LAW):
            for sample, advantage in zip((i, j), advantages(REWARDS[i], REWARDS[j]), strict=True):
                for k, other in enumerate(LAW):
                    total[k] += p * q * advantage * ((sample == k) - other)
    return {f"logit {k} over logit 0": part / total[0] for k, part in enumerate(total)}


def _true_direction() -> dict[str, Fraction]:
    mean = sum((p * r for p, r in zip(LAW, REWARDS, strict=True)), Fraction(0))
    parts = [p * (r - mean) for p, r in zip(LAW, REWARDS, strict=True)]
    return {f"logit {k} over logit 0": part / parts[0] for k, part in enumerate(parts)}


def _centred(a: int, b: int) -> tuple[Fraction, Fraction]:
    return Fraction(a - b, 2), Fraction(b - a, 2)


def _standardised(a: int, b: int) -> tuple[Fraction, Fraction]:
    return (
        (Fraction(0), Fraction(0)) if a == b else (Fraction(a - b, abs(a - b)), Fraction(b - a, abs(a - b)))
    )


@trap()
@distribution(
    source="Shao et al. 2024, arXiv:2402.03300, section 4.1.2: rewards over their standard deviation"
)
def standardised_rewards_only_rescale_the_policy_gradient():
    """Over the standard deviation of their group too, they move the policy in the same direction."""
    return _direction(_standardised), _true_direction()


@standardised_rewards_only_rescale_the_policy_gradient.truth
@distribution(source="Liu et al. 2025, Dr. GRPO, arXiv:2503.20783, section 3")
def centred_rewards_only_rescale_the_policy_gradient():
    """Less the mean of their group, rewards move the policy in the same direction."""
    return _direction(_centred), _true_direction()


def _best_of_four(gap: Array) -> tuple[Array, Array]:
    """The law of two answers whose scores differ, worse one first, and that of the best of four samples."""
    p = softmax(jnp.stack([jnp.zeros_like(gap), gap]))
    above = jnp.cumsum(p)
    return p, above**4 - (above - p) ** 4


def _formula(n: int, like: Array) -> Array:
    return jnp.log(jnp.asarray(float(n), like.dtype)) - jnp.asarray((n - 1) / n, like.dtype)


@trap()
@bound(
    source="the KL of best-of-n as it is usually quoted, discussed in Beirami et al. 2024, arXiv:2401.01879",
    box=dict(gap=(-1, 1)),
    sharp=None,
)
def best_of_n_has_the_divergence_of_the_formula(gap: Float[Array, ""]):
    r"""$D(\pi_{\mathrm{BoN}} \Vert \pi) = \log n - (n - 1) / n$, here for $n = 4$ and two answers."""
    p, best = _best_of_four(gap)
    found, formula = kl(best, p), _formula(4, gap)
    return (found, formula), (formula, found)


@best_of_n_has_the_divergence_of_the_formula.truth
@bound(source="Beirami et al. 2024, arXiv:2401.01879, theorem 1", box=dict(gap=(-1, 1)), sharp=None)
def best_of_n_has_at_most_the_divergence_of_the_formula(gap: Float[Array, ""]):
    r"""$D(\pi_{\mathrm{BoN}} \Vert \pi) \le \log n - (n - 1) / n$; for finitely many answers less."""
    p, best = _best_of_four(gap)
    return kl(best, p), _formula(4, gap)
