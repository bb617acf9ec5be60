"""What is true of tokens on a sphere."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import sphere_energy, sphere_flow, unnormalised_sphere_flow
from jaxmath.verify.claim import identity

GESHKOVSKI = "Geshkovski et al. 2023, arXiv:2312.10794"
Tokens = Float[Array, "n d"]
Scalar = Float[Array, ""]


def _on_sphere(x):
    return x / jnp.sqrt((x**2).sum(-1, keepdims=True))


def _uphill(x, beta):
    """The gradient of the energy along the sphere."""
    gradient = jax.grad(sphere_energy)(x, beta)
    return gradient - (x * gradient).sum(-1, keepdims=True) * x


@identity(source=f"{GESHKOVSKI}, section 3.3", at=dict(n=3, d=2))
def the_unnormalised_sphere_flow_is_a_gradient_flow(x: Tokens, beta: Scalar):
    r"""$\dot x_i = n\, P_{x_i} \nabla_{x_i} E$: tokens climb the energy."""
    return unnormalised_sphere_flow(x, beta), x.shape[0] * _uphill(x, beta)


@the_unnormalised_sphere_flow_is_a_gradient_flow.mutant
def attention_is_a_gradient_flow_of_the_same_metric(x, beta):
    return sphere_flow(x, beta), x.shape[0] * _uphill(x, beta)


@identity(source=f"{GESHKOVSKI}, section 3.3: another metric", at=dict(n=2, d=2))
def attention_is_a_gradient_flow_of_its_own_metric(x: Tokens, beta: Scalar):
    r"""$Z_i\, \dot x_i = n^2\, P_{x_i} \nabla_{x_i} E$ with the denominators $Z_i$ of attention."""
    z = jnp.exp(beta * (x @ x.T)).sum(1, keepdims=True)
    return z * sphere_flow(x, beta), x.shape[0] ** 2 * _uphill(x, beta)


@attention_is_a_gradient_flow_of_its_own_metric.mutant
def attention_is_a_gradient_flow_of_the_mean_denominator(x, beta):
    z = jnp.exp(beta * (x @ x.T)).sum() / x.shape[0]
    return z * sphere_flow(x, beta), x.shape[0] ** 2 * _uphill(x, beta)


@identity(source=f"{GESHKOVSKI}, section 3.3", at=dict(n=2, d=2))
def the_energy_grows_by_the_squared_speed(x: Tokens, beta: Scalar):
    r"""On the sphere $\dot E = n^{-1} \sum_i \lVert \dot x_i \rVert^2 \ge 0$."""
    x = _on_sphere(x)
    speed = unnormalised_sphere_flow(x, beta)
    rate = (jax.grad(sphere_energy)(x, beta) * speed).sum()
    return rate, (speed**2).sum() / x.shape[0]


@the_energy_grows_by_the_squared_speed.mutant
def the_energy_grows_by_the_squared_speed_off_the_sphere(x, beta):
    speed = unnormalised_sphere_flow(x, beta)
    rate = (jax.grad(sphere_energy)(x, beta) * speed).sum()
    return rate, (speed**2).sum() / x.shape[0]


@identity(source="projections are orthogonal to tokens", at=dict(n=2, d=2))
def tokens_stay_on_the_sphere(x: Tokens, beta: Scalar):
    r"""$x_i \cdot \dot x_i = 0$ on the sphere."""
    x = _on_sphere(x)
    return (x * sphere_flow(x, beta)).sum(-1), jnp.zeros(2)


@tokens_stay_on_the_sphere.mutant
def tokens_stay_on_any_sphere(x, beta):
    return (x * sphere_flow(x, beta)).sum(-1), jnp.zeros(2)


def _equiangular(t):
    """Three unit vectors in space whose inner products are all alike; no root is needed."""
    apart, alike = 1 - 2 * t**2 - 2 * t, 2 * t
    return (apart * jnp.eye(3) + alike) / (1 + 2 * t**2)


@identity(source=f"{GESHKOVSKI}, section 6 (orthogonal initial tokens)")
def equal_angles_shrink_by_the_published_equation(t: Scalar, beta: Scalar):
    r"""The cosine $\gamma$ of tokens at equal angles grows as published.

    $$ \dot \gamma = \frac{2 e^{\beta \gamma} (1 - \gamma) ((n - 1) \gamma + 1)}
       {e^\beta + (n - 1) e^{\beta \gamma}}; \qquad \text{here for } n = 3. $$
    """
    x = _equiangular(t)
    flow, g = sphere_flow(x, beta), x[0] @ x[1]
    rate = 2 * jnp.exp(beta * g) * (1 - g) * (2 * g + 1) / (jnp.exp(beta) + 2 * jnp.exp(beta * g))
    return flow[0] @ x[1] + x[0] @ flow[1], rate


@equal_angles_shrink_by_the_published_equation.mutant
def equal_angles_shrink_alike_at_all_temperatures(t, beta):
    x = _equiangular(t)
    flow, g = sphere_flow(x, beta), x[0] @ x[1]
    rate = 2 * (1 - g) * (2 * g + 1) / 3
    return flow[0] @ x[1] + x[0] @ flow[1], rate


def _circle(t):
    """A point of the circle by the tangent of half its angle: no root is needed."""
    return jnp.stack([1 - t**2, 2 * t]) / (1 + t**2)


@identity(source=f"{GESHKOVSKI}, section 6, for two tokens")
def two_tokens_come_together(s: Scalar, t: Scalar, beta: Scalar):
    r"""$\dot \gamma = 2 (1 - \gamma^2)\, e^{\beta \gamma} / (e^\beta + e^{\beta \gamma})$, above zero."""
    x = jnp.stack([_circle(s), _circle(t)])
    flow, g = sphere_flow(x, beta), x[0] @ x[1]
    rate = 2 * (1 - g**2) * jnp.exp(beta * g) / (jnp.exp(beta) + jnp.exp(beta * g))
    return flow[0] @ x[1] + x[0] @ flow[1], rate


@two_tokens_come_together.mutant
def two_tokens_come_together_the_faster_the_farther(s, t, beta):
    x = jnp.stack([_circle(s), _circle(t)])
    flow, g = sphere_flow(x, beta), x[0] @ x[1]
    return flow[0] @ x[1] + x[0] @ flow[1], 1 - g**2
