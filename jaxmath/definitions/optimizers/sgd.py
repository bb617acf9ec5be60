r"""Stochastic gradient descent, with and without momentum.

Source: Robbins & Monro, *A stochastic approximation method* (1951), eq. (6) (descent);
Polyak, *Some methods of speeding up the convergence of iteration methods* (1964) (heavy ball);
Sutskever et al., *On the importance of initialization and momentum in deep learning* (2013), eq. (1) to (4).
Claims: `jaxmath.claims.optimizers`.
"""

from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def sgd(theta: Float[Array, "*shape"], grad: Float[Array, "*shape"], lr: Scalar) -> Float[Array, "*shape"]:
    r"""A step against the gradient, $\theta' = \theta - \eta g$.

    >>> import jax.numpy as jnp
    >>> print(sgd(jnp.array(1.0), jnp.array(2.0), 0.25))
    0.5
    """
    return theta - lr * grad


def momentum(
    theta: Float[Array, "*shape"],
    grad: Float[Array, "*shape"],
    velocity: Float[Array, "*shape"],
    lr: Scalar,
    mu: Scalar = 0.9,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""The heavy ball.

    $$ m' = \mu m + g, \qquad \theta' = \theta - \eta m' $$

    Departs from the source: the velocity is kept in units of the gradient, $v = -\eta m$.

    >>> import jax.numpy as jnp
    >>> theta, m = momentum(jnp.array(1.0), jnp.array(2.0), jnp.array(4.0), lr=0.25, mu=0.5)
    >>> print(theta, m)
    0.0 4.0
    """
    velocity = mu * velocity + grad
    return theta - lr * velocity, velocity


def nesterov(
    theta: Float[Array, "*shape"],
    grad: Float[Array, "*shape"],
    velocity: Float[Array, "*shape"],
    lr: Scalar,
    mu: Scalar = 0.9,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""Nesterov's momentum.

    $$ m' = \mu m + g, \qquad \theta' = \theta - \eta (\mu m' + g) $$

    Departs from the source: $\theta$ is the point at which the gradient is taken (there $\theta + \mu v$),
    and the velocity is kept in units of the gradient, $v = -\eta m$.

    >>> import jax.numpy as jnp
    >>> theta, m = nesterov(jnp.array(1.0), jnp.array(2.0), jnp.array(4.0), lr=0.25, mu=0.5)
    >>> print(theta, m)
    0.0 4.0
    """
    velocity = mu * velocity + grad
    return theta - lr * (mu * velocity + grad), velocity
