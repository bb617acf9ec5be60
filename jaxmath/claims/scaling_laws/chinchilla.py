"""Laws of scaling: how a budget is spent best."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    BESIROGLU,
    ChinchillaLaw,
    chinchilla_exponent,
    chinchilla_loss,
    chinchilla_optimum,
)
from jaxmath.verify.claim import bound, derivative, identity

Scalar = Float[Array, ""]
HOFFMANN = "Hoffmann et al. 2022, arXiv:2203.15556, eq. (4)"


def _law(a: Array, b: Array, e: Array, alpha: Array, beta: Array) -> ChinchillaLaw:
    """Coefficients from logarithms: all are above zero."""
    return ChinchillaLaw(*(jnp.exp(x) for x in (e, a, b, alpha, beta)))


@identity(source=HOFFMANN)
def the_optimum_spends_the_budget(a: Scalar, b: Scalar, alpha: Scalar, beta: Scalar, c: Scalar):
    r"""$6 N^\star D^\star = C$."""
    n, d = chinchilla_optimum(jnp.exp(c), _law(a, b, a, alpha, beta))
    return 6 * n * d, jnp.exp(c)


@the_optimum_spends_the_budget.mutant
def the_optimum_spends_two_operations_a_pair(a, b, alpha, beta, c):
    n, d = chinchilla_optimum(jnp.exp(c), _law(a, b, a, alpha, beta))
    return 2 * n * d, jnp.exp(c)


@identity(source=f"{HOFFMANN}; Lagrange's condition")
def the_optimum_is_stationary(a: Scalar, b: Scalar, alpha: Scalar, beta: Scalar, c: Scalar):
    r"""$\alpha A N^{-\alpha} = \beta B D^{-\beta}$: a per cent of either is worth as much."""
    law = _law(a, b, a, alpha, beta)
    n, d = chinchilla_optimum(jnp.exp(c), law)
    return law.alpha * law.A / n**law.alpha, law.beta * law.B / d**law.beta


@the_optimum_is_stationary.mutant
def at_the_optimum_both_shortfalls_are_equal(a, b, alpha, beta, c):
    law = _law(a, b, a, alpha, beta)
    n, d = chinchilla_optimum(jnp.exp(c), law)
    return law.A / n**law.alpha, law.B / d**law.beta


def _along(law: ChinchillaLaw, n: Array, d: Array, x: Array) -> Array:
    """Loss where the size is multiplied, and the data divided, by $e^x$: at the same cost."""
    return chinchilla_loss(n * jnp.exp(x), d * jnp.exp(-x), law)


@derivative(source="Boyd & Vandenberghe 2004, section 5.5.3 (Lagrange); the law", mode="jvp")
def loss_at_one_cost_has_the_slope_of_lagrange(
    a: Scalar, b: Scalar, alpha: Scalar, beta: Scalar, n: Scalar, d: Scalar, x: Scalar
):
    r"""$\frac{d}{dx} L(N e^x, D e^{-x}) = \beta B (D e^{-x})^{-\beta} - \alpha A (N e^x)^{-\alpha}$."""

    def loss(a, b, alpha, beta, n, d, x):
        law = ChinchillaLaw(1.0, *(jax.lax.stop_gradient(jnp.exp(y)) for y in (a, b, alpha, beta)))
        return _along(law, *(jax.lax.stop_gradient(jnp.exp(y)) for y in (n, d)), x)

    def jvp(args, tangents):
        (a, b, alpha, beta, n, d), x = (jnp.exp(y) for y in args[:-1]), args[-1]
        model, data = a / (n * jnp.exp(x)) ** alpha, b / (d * jnp.exp(-x)) ** beta
        return (beta * data - alpha * model) * tangents[-1]

    return loss, jvp


@loss_at_one_cost_has_the_slope_of_lagrange.mutant
def loss_at_one_cost_has_the_slope_of_the_shortfalls(a, b, alpha, beta, n, d, x):
    def loss(a, b, alpha, beta, n, d, x):
        law = ChinchillaLaw(1.0, *(jax.lax.stop_gradient(jnp.exp(y)) for y in (a, b, alpha, beta)))
        return _along(law, *(jax.lax.stop_gradient(jnp.exp(y)) for y in (n, d)), x)

    def jvp(args, tangents):
        (a, b, alpha, beta, n, d), x = (jnp.exp(y) for y in args[:-1]), args[-1]
        return (b / (d * jnp.exp(-x)) ** beta - a / (n * jnp.exp(x)) ** alpha) * tangents[-1]

    return loss, jvp


@bound(source=f"{HOFFMANN}; the loss is convex in x", box=dict(x=(-2, 2)), sharp=dict(x=0.0), slack=1e-4)
def no_other_split_of_the_budget_is_better(x: Scalar):
    r"""$L(N^\star, D^\star) \le L(N^\star e^x, D^\star e^{-x})$ for the compute of Gopher."""
    n, d = chinchilla_optimum(jnp.full((), 5.76e23))
    return chinchilla_loss(n, d), _along(BESIROGLU, n, d, x)


@no_other_split_of_the_budget_is_better.mutant
def no_other_split_is_better_than_half_the_size(x):
    n, d = (y * r for y, r in zip(chinchilla_optimum(jnp.full((), 5.76e23)), (0.5, 2.0), strict=True))
    return chinchilla_loss(n, d), _along(BESIROGLU, n, d, x)


@identity(source=HOFFMANN)
def shortfalls_are_shared_as_the_exponents(a: Scalar, b: Scalar, alpha: Scalar, beta: Scalar, c: Scalar):
    r"""At the optimum, size is to blame for $\beta / (\alpha + \beta)$ of $L - E$, its exponent."""
    law = _law(a, b, a, alpha, beta)
    n, d = chinchilla_optimum(jnp.exp(c), law)
    share = law.A / n**law.alpha
    return share, chinchilla_exponent(law) * (share + law.B / d**law.beta)


@shortfalls_are_shared_as_the_exponents.mutant
def shortfalls_are_shared_the_other_way(a, b, alpha, beta, c):
    law = _law(a, b, a, alpha, beta)
    n, d = chinchilla_optimum(jnp.exp(c), law)
    share = law.A / n**law.alpha
    return share, (1 - chinchilla_exponent(law)) * (share + law.B / d**law.beta)
