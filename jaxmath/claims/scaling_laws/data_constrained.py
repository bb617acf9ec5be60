"""Laws of scaling: data that is seen again."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import MUENNIGHOFF, chinchilla_loss, data_constrained_loss, effective_amount
from jaxmath.verify.claim import accounting, bound, derivative, distribution

Scalar = Float[Array, ""]
MUENNIGHOFF_2023 = "Muennighoff et al. 2023, arXiv:2305.16264, section 3.1"


@derivative(source=MUENNIGHOFF_2023)
def repetitions_lose_their_worth_exponentially(u: Scalar, r: Scalar, s: Scalar):
    r"""$\partial D' / \partial R = U e^{-R / R^\star}$: all of it at first."""

    def vjp(u, r, s, dy):
        e = jnp.exp(-r / s)
        return dy * (1 + s * (1 - e)), dy * u * e, dy * u * (1 - e - r / s * e)

    return effective_amount, vjp


@repetitions_lose_their_worth_exponentially.mutant
def repetitions_keep_their_worth(u, r, s):
    def vjp(u, r, s, dy):
        e = jnp.exp(-r / s)
        return dy * (1 + s * (1 - e)), dy * u, dy * u * (1 - e - r / s * e)

    return effective_amount, vjp


@bound(source=MUENNIGHOFF_2023, box=dict(r=(0, 32), s=(4, 32)), sharp=dict(r=0.0, s=16.0), slack=1e-3)
def repeated_data_is_worth_no_more_than_fresh(r: Scalar, s: Scalar):
    r"""$D' \le U (1 + R)$."""
    return effective_amount(1.0, r, s), 1 + r


@repeated_data_is_worth_no_more_than_fresh.mutant
def repeated_data_is_worth_no_more_than_half(r, s):
    return effective_amount(1.0, r, s), 1 + r / 2


@bound(source=MUENNIGHOFF_2023, box=dict(r=(0, 256), s=(4, 32)), sharp=dict(r=256.0, s=16.0), slack=1e-3)
def repeated_data_is_worth_a_bounded_amount(r: Scalar, s: Scalar):
    r"""$D' \le U (1 + R^\star)$, however often."""
    return effective_amount(1.0, r, s), 1 + s


@repeated_data_is_worth_a_bounded_amount.mutant
def repeated_data_is_worth_its_half_life(r, s):
    return effective_amount(1.0, r, s), s


@accounting(
    source="Muennighoff et al. 2023, arXiv:2305.16264, appendix A (R* = 15.387756); section 1 (four epochs)"
)
def four_epochs_are_almost_as_good_as_fresh_data():
    r"""93 % of the worth of four times the data; at best, 16.4 times that of one epoch."""
    with jax.enable_x64(True):
        four = effective_amount(1.0, 3.0, MUENNIGHOFF.r_d) / 4
        return [100 * float(four), 1 + MUENNIGHOFF.r_d], ["93", "16.4"]


@four_epochs_are_almost_as_good_as_fresh_data.mutant
def four_epochs_are_four_repetitions():
    with jax.enable_x64(True):
        four = effective_amount(1.0, 4.0, MUENNIGHOFF.r_d) / 4
        return [100 * float(four), 1 + MUENNIGHOFF.r_d], ["93", "16.4"]


def _losses(unique: float) -> list[float]:
    """Of three sizes and a billion tokens, of which so many are different."""
    with jax.enable_x64(True):
        return [float(data_constrained_loss(n, 1e9, unique)) for n in (1e5, 1e6, 1e7)]


@distribution(source=MUENNIGHOFF_2023)
def fresh_data_obeys_the_fresh_law():
    r"""Where nothing is repeated and no parameter is to spare, $L$ is that of Hoffmann et al."""
    with jax.enable_x64(True):
        return _losses(1e9), [float(chinchilla_loss(n, 1e9, MUENNIGHOFF.fresh)) for n in (1e5, 1e6, 1e7)]


@fresh_data_obeys_the_fresh_law.mutant
def repeated_data_obeys_the_fresh_law():
    with jax.enable_x64(True):
        return _losses(1e7), [float(chinchilla_loss(n, 1e9, MUENNIGHOFF.fresh)) for n in (1e5, 1e6, 1e7)]
