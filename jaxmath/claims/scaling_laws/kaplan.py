"""Laws of scaling: those of Kaplan et al."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    KAPLAN,
    KaplanLaw,
    kaplan_compute_exponents,
    kaplan_loss,
)
from jaxmath.verify.claim import accounting, identity

Scalar = Float[Array, ""]
PAPER = "Kaplan et al. 2020, arXiv:2001.08361"


@identity(source=f"{PAPER}, eq. (4.2) and (4.3)")
def too_little_data_raises_the_loss_by_a_factor(
    n: Scalar, d: Scalar, n_c: Scalar, d_c: Scalar, a: Scalar, b: Scalar
):
    r"""$L(N, D) = L(N, \infty) \left(1 + (N / N_c)^{\alpha_N / \alpha_D} D_c / D\right)^{\alpha_D}$."""
    n, d, n_c, d_c, a, b = (jnp.exp(x) for x in (n, d, n_c, d_c, a, b))
    return kaplan_loss(n, d, KaplanLaw(n_c, d_c, a, b)), (n_c / n) ** a * (
        1 + (n / n_c) ** (a / b) * d_c / d
    ) ** b


@too_little_data_raises_the_loss_by_a_factor.mutant
def too_little_data_raises_the_loss_by_an_amount(n, d, n_c, d_c, a, b):
    n, d, n_c, d_c, a, b = (jnp.exp(x) for x in (n, d, n_c, d_c, a, b))
    return kaplan_loss(n, d, KaplanLaw(n_c, d_c, a, b)), (n_c / n) ** a + (d_c / d) ** b


@identity(source=f"{PAPER}, eq. (1.7) and (1.8)")
def kaplan_spends_all_compute(alpha_n: Scalar, alpha_b: Scalar, alpha_s: Scalar):
    r"""Exponents of parameters, batch and steps add up to one: $C = 6 N B S$."""
    _, n, b, s = kaplan_compute_exponents(alpha_n, alpha_b, alpha_s)
    return n + b + s, jnp.ones(())


@kaplan_spends_all_compute.mutant
def kaplan_spends_all_compute_on_size_and_steps(alpha_n, alpha_b, alpha_s):
    _, n, _, s = kaplan_compute_exponents(alpha_n, alpha_b, alpha_s)
    return n + s, jnp.ones(())


@accounting(source=f"{PAPER}, eq. (4.4): tokens against overfitting grow as $N^{{0.74}}$")
def kaplan_needs_the_published_data():
    r"""$\alpha_N / \alpha_D = 0.74$: data grows as this power of the size at one ratio of shortfalls."""
    return KAPLAN.alpha_n / KAPLAN.alpha_d, "0.74"


@kaplan_needs_the_published_data.mutant
def kaplan_needs_data_in_proportion():
    return 1.0, "0.74"


@accounting(
    source=f"{PAPER}, tables 2 and 3 and section 5.1 (0.077, 0.21, 0.76), eq. (6.4), which prints 0.054"
)
def the_exponent_of_compute_follows_from_the_printed_parts():
    r"""$1 / (1 / 0.077 + 1 / 0.21 + 1 / 0.76) = 0.052$, between the printed 0.054 and the measured 0.050."""
    return kaplan_compute_exponents(0.077, 0.21, 0.76)[0], "0.052"


@the_exponent_of_compute_follows_from_the_printed_parts.mutant
def the_exponent_of_compute_is_the_printed_one():
    return kaplan_compute_exponents(0.077, 0.21, 0.76)[0], "0.054"
