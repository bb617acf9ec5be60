"""Attention: what its derivatives say: mean keys, covariances, energies."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import attention, attention_lse, attention_weights, logsumexp, softmax
from jaxmath.verify.claim import derivative, identity

DAO = "Dao et al. 2022, arXiv:2205.14135, appendix B.2"


@identity(source="Kim et al. 2021, arXiv:2006.04710, appendix A", at=dict(n=1, m=4, d=2, e=3))
def the_jacobian_in_the_query_is_a_covariance(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""$\sqrt d\, \partial o / \partial q = \mathrm{Cov}_p(v, k) = \overline{v k^\top} - o\, \bar k^\top$."""
    jacobian = jax.jacobian(lambda q: attention(q, k, v)[0])(q)[:, 0]
    p = attention_weights(q, k)[0]
    covariance = jnp.einsum("m,me,md->ed", p, v, k) - jnp.outer(p @ v, p @ k)
    return jnp.sqrt(q.shape[-1]) * jacobian, covariance


@the_jacobian_in_the_query_is_a_covariance.mutant
def the_jacobian_in_the_query_is_a_second_moment(q, k, v):
    jacobian = jax.jacobian(lambda q: attention(q, k, v)[0])(q)[:, 0]
    p = attention_weights(q, k)[0]
    return jnp.sqrt(q.shape[-1]) * jacobian, jnp.einsum("m,me,md->ed", p, v, k)


@derivative(source="Ramsauer et al. 2020, arXiv:2008.02217, eq. (2) and (3)", at=dict(n=3, d=2))
def a_hopfield_step_is_a_gradient_step(
    x: Float[Array, "n d"], state: Float[Array, " d"], beta: Float[Array, ""]
):
    r"""The energy of a Hopfield network has the gradient $\xi - X^\top \mathrm{softmax}(\beta X \xi)$.

    It is $E = -\beta^{-1} \mathrm{LSE}(\beta X \xi) + \tfrac12 \lVert \xi \rVert^2$.
    """

    def energy(x, state, beta):
        return -logsumexp(beta * (x @ state)) / beta + state @ state / 2

    def vjp(x, state, beta, de):
        s = x @ state
        p = softmax(beta * s)
        slope = (logsumexp(beta * s) / beta - p @ s) / beta
        return -de * jnp.outer(p, state), de * (state - p @ x), de * slope

    return energy, vjp


@a_hopfield_step_is_a_gradient_step.mutant
def a_hopfield_step_is_a_scaled_gradient_step(x, state, beta):
    def energy(x, state, beta):
        return -logsumexp(beta * (x @ state)) / beta + state @ state / 2

    def vjp(x, state, beta, de):
        p = softmax(beta * (x @ state))
        return -de * jnp.outer(p, state), de * (state - beta * p @ x), 0 * de

    return energy, vjp


@derivative(source=DAO, at=dict(n=2, m=3, d=3))
def the_log_denominator_pulls_back_to_mean_keys(q: Float[Array, "n d"], k: Float[Array, "m d"]):
    r"""The gradient of $L_i = \mathrm{LSE}_j(q_i k_j / \sqrt d)$ in the query is the mean key.

    $dq = dL \odot p k / \sqrt d$, $dk = (p \odot dL)^\top q / \sqrt d$.
    """

    def vjp(q, k, dl):
        ds = attention_weights(q, k) * dl[:, None] / jnp.sqrt(q.shape[-1])
        return ds @ k, ds.T @ q

    return attention_lse, vjp


@the_log_denominator_pulls_back_to_mean_keys.mutant
def the_log_denominator_pulls_back_to_the_sum_of_keys(q, k):
    def vjp(q, k, dl):
        ds = jnp.broadcast_to(dl[:, None], (q.shape[0], k.shape[0])) / jnp.sqrt(q.shape[-1])
        return ds @ k, ds.T @ q

    return attention_lse, vjp
