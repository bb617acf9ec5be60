"""What is true of estimates of the divergence from a reference."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import kl, kl_k1, kl_k2, kl_k3, kl_k3_weighted, log_softmax, softmax
from jaxmath.verify.claim import bound, derivative, identity

SCHULMAN = "Schulman 2020, Approximating KL divergence"
TANG = "Tang & Munos 2025, arXiv:2506.09477"
SIZES = dict(n=3)
Scores = Float[Array, " n"]
Scalar = Float[Array, ""]


def _value(estimator, x, y):
    """What an estimator is on average over answers of the policy with scores x; y are the reference's."""
    return softmax(x) @ estimator(log_softmax(x), log_softmax(y))


def _gradient(estimator, x, y):
    """The average over answers of the gradients of an estimator: what a training step follows."""
    return softmax(x) @ jax.jacobian(lambda x: estimator(log_softmax(x), log_softmax(y)))(x)


def _forward(x, y):
    return kl(softmax(x), softmax(y))


@identity(source=SCHULMAN, at=SIZES)
def k1_and_k3_have_the_divergence_as_their_mean(x: Scores, y: Scores):
    r"""$\mathbb E_\pi [k_1] = \mathbb E_\pi [k_3] = D(\pi \Vert \pi_{\mathrm{ref}})$."""
    divergence = _forward(x, y)
    return (_value(kl_k1, x, y), _value(kl_k3, x, y)), (divergence, divergence)


@k1_and_k3_have_the_divergence_as_their_mean.mutant
def k2_has_the_divergence_as_its_mean(x, y):
    divergence = _forward(x, y)
    return (_value(kl_k1, x, y), _value(kl_k2, x, y)), (divergence, divergence)


@bound(source=SCHULMAN, box=dict(a=(-4, 4)), slack=1e-3, sharp=dict(a=-0.01))
def k3_is_never_negative(a: Scalar):
    r"""$k_3 \ge a^2 / (2 + |a|) \ge 0$ for every log-ratio $a = \log \rho$."""
    return a**2 / (2 + jnp.abs(a)), kl_k3(jnp.zeros_like(a), a)


@k3_is_never_negative.mutant
def k1_is_never_negative(a):
    return a**2 / (2 + jnp.abs(a)), kl_k1(jnp.zeros_like(a), a)


@derivative(source=SCHULMAN)
def estimators_have_the_textbook_gradients(log_prob: Scalar, ref: Scalar):
    r"""By $\log \pi$ the slopes are $1$ for $k_1$, $-\log \rho$ for $k_2$ and $1 - \rho$ for $k_3$."""

    def f(log_prob, ref):
        return jnp.stack([k(log_prob, ref) for k in (kl_k1, kl_k2, kl_k3)])

    def vjp(log_prob, ref, dy):
        slope = dy @ jnp.stack([jnp.ones(()), log_prob - ref, 1 - jnp.exp(ref - log_prob)])
        return slope, -slope

    return f, vjp


@estimators_have_the_textbook_gradients.mutant
def k3_has_the_slope_of_its_first_term(log_prob, ref):
    def f(log_prob, ref):
        return jnp.stack([k(log_prob, ref) for k in (kl_k1, kl_k2, kl_k3)])

    def vjp(log_prob, ref, dy):
        slope = dy @ jnp.stack([jnp.ones(()), log_prob - ref, -jnp.exp(ref - log_prob)])
        return slope, -slope

    return f, vjp


@identity(source=f"{TANG}; score function identity", at=SIZES)
def k1_as_a_loss_has_no_gradient_on_average(x: Scores, y: Scores):
    r"""$\mathbb E_\pi [\nabla k_1] = 0$: as a loss at samples it does nothing but add noise."""
    return _gradient(kl_k1, x, y), jnp.zeros_like(x)


@k1_as_a_loss_has_no_gradient_on_average.mutant
def k1_as_a_loss_has_the_gradient_of_the_divergence(x, y):
    return _gradient(kl_k1, x, y), jax.grad(_forward)(x, y)


@identity(source=TANG, at=SIZES)
def k2_as_a_loss_has_the_gradient_of_the_divergence(x: Scores, y: Scores):
    r"""$\mathbb E_\pi [\nabla k_2] = \nabla D(\pi \Vert \pi_{\mathrm{ref}})$, biased as its value is."""
    return _gradient(kl_k2, x, y), jax.grad(_forward)(x, y)


@k2_as_a_loss_has_the_gradient_of_the_divergence.mutant
def k2_as_a_loss_has_the_gradient_of_its_own_mean(x, y):
    return _gradient(kl_k2, x, y), jax.grad(lambda x: _value(kl_k2, x, y))(x)


@identity(source=f"{TANG}; TRL, issue 4637", at=SIZES)
def k3_as_a_loss_has_the_gradient_of_the_reverse_divergence(x: Scores, y: Scores):
    r"""$\mathbb E_\pi [\nabla k_3] = \nabla D(\pi_{\mathrm{ref}} \Vert \pi)$, the other divergence."""
    return _gradient(kl_k3, x, y), jax.grad(lambda x: _forward(y, x))(x)


@k3_as_a_loss_has_the_gradient_of_the_reverse_divergence.mutant
def k3_as_a_loss_has_the_gradient_of_the_divergence(x, y):
    return _gradient(kl_k3, x, y), jax.grad(_forward)(x, y)


@identity(source=f"{TANG}; DeepSeek-V3.2 (2025), unbiased KL estimate", at=SIZES)
def weighted_k3_as_a_loss_has_the_gradient_of_the_divergence(x: Scores, y: Scores):
    r"""With the weight $\pi / \mathrm{sg}(\pi)$ value and gradient of $k_3$ are right on average."""
    return (_value(kl_k3_weighted, x, y), _gradient(kl_k3_weighted, x, y)), (
        _forward(x, y),
        jax.grad(_forward)(x, y),
    )


@weighted_k3_as_a_loss_has_the_gradient_of_the_divergence.mutant
def k3_with_a_constant_weight_has_the_gradient_of_the_divergence(x, y):
    def constant(log_prob, ref):
        return jnp.exp(jax.lax.stop_gradient(log_prob - log_prob)) * kl_k3(log_prob, ref)

    return (_value(constant, x, y), _gradient(constant, x, y)), (_forward(x, y), jax.grad(_forward)(x, y))


@identity(source="REINFORCE, Williams 1992", at=SIZES)
def k1_in_the_reward_has_the_gradient_of_the_divergence(x: Scores, y: Scores):
    r"""$\mathbb E_\pi [k_1 \nabla \log \pi] = \nabla D(\pi \Vert \pi_{\mathrm{ref}})$.

    Its place is the reward.
    """

    def surrogate(log_prob, ref):
        return jax.lax.stop_gradient(kl_k1(log_prob, ref)) * log_prob

    return _gradient(surrogate, x, y), jax.grad(_forward)(x, y)


@k1_in_the_reward_has_the_gradient_of_the_divergence.mutant
def k2_in_the_reward_has_the_gradient_of_the_divergence(x, y):
    def surrogate(log_prob, ref):
        return jax.lax.stop_gradient(kl_k2(log_prob, ref)) * log_prob

    return _gradient(surrogate, x, y), jax.grad(_forward)(x, y)
