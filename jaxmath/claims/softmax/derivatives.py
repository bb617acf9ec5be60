"""Softmax: first and second derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import log_softmax, logsumexp, softmax
from jaxmath.verify.claim import derivative, identity, independence

GAO = "Gao & Pavel 2017, arXiv:1704.00805, proposition 2"
HIDDEN = np.array([False, True, True, False, True])


@derivative(source=GAO, at=dict(n=3, m=5))
def softmax_pulls_back_by_its_own_covariance(x: Float[Array, "n m"]):
    r"""$dx = p \odot (dp - \langle p, dp \rangle)$, that is $J = \mathrm{diag}\, p - p p^\top$."""

    def vjp(x, dp):
        p = softmax(x)
        return p * (dp - (p * dp).sum(-1, keepdims=True))

    return softmax, vjp


@softmax_pulls_back_by_its_own_covariance.mutant
def softmax_pulls_back_without_the_mean(x):
    return softmax, lambda x, dp: softmax(x) * dp


@softmax_pulls_back_by_its_own_covariance.mutant
def softmax_pulls_back_like_a_sigmoid(x):
    return softmax, lambda x, dp: softmax(x) * (1 - softmax(x)) * dp


@derivative(source="chain rule", mode="jvp", at=dict(n=4))
def temperature_divides_the_derivative(x: Float[Array, " n"], t: Float[Array, ""]):
    r"""$\dot p = p \odot (u - \langle p, u \rangle)$ with $u = (\dot x - x \dot T / T) / T$."""

    def jvp(args, tangents):
        (x, t), (dx, dt) = args, tangents
        p, u = softmax(x / t), (dx - x * dt / t) / t
        return p * (u - p @ u)

    return lambda x, t: softmax(x / t), jvp


@temperature_divides_the_derivative.mutant
def temperature_multiplies_the_derivative(x, t):
    def jvp(args, tangents):
        (x, t), (dx, dt) = args, tangents
        p, u = softmax(x / t), (dx - x * dt / t) * t
        return p * (u - p @ u)

    return lambda x, t: softmax(x / t), jvp


@derivative(source=GAO, at=dict(n=5))
def logsumexp_has_softmax_as_its_gradient(x: Float[Array, " n"]):
    r"""$\nabla \mathrm{LSE}(x) = \mathrm{softmax}(x)$."""
    return logsumexp, lambda x, dy: dy * softmax(x)


@logsumexp_has_softmax_as_its_gradient.mutant
def logsumexp_has_the_uniform_law_as_its_gradient(x):
    return logsumexp, lambda x, dy: dy * jnp.ones(x.shape) / x.shape[0]


@derivative(source=GAO, at=dict(n=4), given=dict(where=~HIDDEN[:4]))
def masked_logsumexp_has_masked_softmax_as_its_gradient(x: Float[Array, " n"], where: Bool[Array, " n"]):
    r"""The same under a mask; what is hidden has gradient zero."""
    return logsumexp, lambda x, where, dy: dy * softmax(x, where)


@masked_logsumexp_has_masked_softmax_as_its_gradient.mutant
def masked_logsumexp_has_softmax_as_its_gradient(x, where):
    return logsumexp, lambda x, where, dy: dy * softmax(x)


@identity(source=GAO, at=dict(n=3))
def logsumexp_has_the_covariance_as_its_hessian(x: Float[Array, " n"]):
    r"""$\nabla^2 \mathrm{LSE}(x) = \mathrm{diag}\, p - p p^\top$, which sends $\mathbf 1$ to zero."""
    p, hessian = softmax(x), jax.hessian(logsumexp)(x)
    return (hessian, hessian.sum(1)), (jnp.diag(p) - jnp.outer(p, p), jnp.zeros(x.shape))


@logsumexp_has_the_covariance_as_its_hessian.mutant
def logsumexp_has_the_variances_as_its_hessian(x):
    p, hessian = softmax(x), jax.hessian(logsumexp)(x)
    return (hessian, hessian.sum(1)), (jnp.diag(p * (1 - p)), jnp.zeros(x.shape))


@derivative(source="chain rule", at=dict(n=3, m=4))
def log_softmax_pulls_back_to_what_is_left_of_its_mean(x: Float[Array, "n m"]):
    r"""$dx = dy - p \sum_i dy_i$, that is $J = I - \mathbf 1 p^\top$."""
    return log_softmax, lambda x, dy: dy - softmax(x) * dy.sum(-1, keepdims=True)


@log_softmax_pulls_back_to_what_is_left_of_its_mean.mutant
def log_softmax_pulls_back_by_the_transposed_jacobian(x):
    return log_softmax, lambda x, dy: dy - (softmax(x) * dy).sum(-1, keepdims=True)


@identity(source="Wainwright & Jordan 2008, proposition 3.1", at=dict(n=4))
def logsumexp_generates_cumulants(x: Float[Array, " n"], beta: Float[Array, ""]):
    r"""Derivatives of $\mathrm{LSE}(\beta x)$ in $\beta$ are mean and variance of $x$ under softmax."""

    def mean(beta):
        return jax.grad(lambda b: logsumexp(b * x))(beta)

    p = softmax(beta * x)
    return (mean(beta), jax.grad(mean)(beta)), (p @ x, p @ x**2 - (p @ x) ** 2)


@logsumexp_generates_cumulants.mutant
def logsumexp_generates_moments(x, beta):
    def mean(beta):
        return jax.grad(lambda b: logsumexp(b * x))(beta)

    p = softmax(beta * x)
    return (mean(beta), jax.grad(mean)(beta)), (p @ x, p @ x**2)


@independence(source="definition of a mask", at=dict(n=5), given=dict(hidden=HIDDEN))
def softmax_does_not_see_what_is_hidden(x: Float[Array, " n"], hidden: Bool[Array, " n"]):
    r"""No probability, and no pulled back cotangent, changes with a score outside the mask."""
    p, pull = jax.vjp(lambda x: softmax(x, ~hidden), x)
    return (p, pull(x**0)[0]), [((np.ones(5, bool), np.ones(5, bool)), dict(x=HIDDEN))]


@softmax_does_not_see_what_is_hidden.mutant
def softmax_of_zeroed_scores_does_not_see_what_is_hidden(x, hidden):
    p = softmax(jnp.where(hidden, 0 * x, x) + x.mean())
    return (p, x), [((np.ones(5, bool), np.ones(5, bool)), dict(x=HIDDEN))]
