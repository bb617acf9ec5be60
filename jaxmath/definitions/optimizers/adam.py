r"""Adam and AdamW.

Source: Kingma & Ba, *Adam* (2014), arXiv:1412.6980, algorithm 1;
Loshchilov & Hutter, *Decoupled weight decay regularization* (2017), arXiv:1711.05101, algorithm 2.
Claims: `jaxmath.claims.optimizers`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def adam_direction(
    grad: Float[Array, "*shape"],
    m: Float[Array, "*shape"],
    v: Float[Array, "*shape"],
    t: int,
    b1: Scalar = 0.9,
    b2: Scalar = 0.999,
    eps: Scalar = 1e-8,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""Mean gradient over root mean square gradient, both freed of their bias to zero.

    $$ m' = \beta_1 m + (1 - \beta_1) g, \qquad v' = \beta_2 v + (1 - \beta_2) g^2, \qquad
       u = \frac{m' / (1 - \beta_1^t)}{\sqrt{v' / (1 - \beta_2^t)} + \epsilon} $$

    Args:
      grad: $g$.
      m: mean of the gradients so far, zero before the first step.
      v: mean of their squares, zero before the first step.
      t: the number of this step; the first is 1.
      b1: $\beta_1$.
      b2: $\beta_2$.
      eps: $\epsilon$, outside the root.

    Returns:
      $u$, $m'$ and $v'$.

    >>> u, m, v = adam_direction(jnp.array(-3.0), jnp.array(0.0), jnp.array(0.0), 1, b1=0.5, b2=0.75, eps=1.0)
    >>> print(u, m, v)
    -0.75 -1.5 2.25
    """
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    return m / (1 - b1**t) / (jnp.sqrt(v / (1 - b2**t)) + eps), m, v


def adam(
    theta: Float[Array, "*shape"],
    grad: Float[Array, "*shape"],
    m: Float[Array, "*shape"],
    v: Float[Array, "*shape"],
    t: int,
    lr: Scalar,
    b1: Scalar = 0.9,
    b2: Scalar = 0.999,
    eps: Scalar = 1e-8,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""A step of Adam, $\theta' = \theta - \eta u$ with $u$ of `adam_direction`."""
    u, m, v = adam_direction(grad, m, v, t, b1, b2, eps)
    return theta - lr * u, m, v


def adamw(
    theta: Float[Array, "*shape"],
    grad: Float[Array, "*shape"],
    m: Float[Array, "*shape"],
    v: Float[Array, "*shape"],
    t: int,
    lr: Scalar,
    b1: Scalar = 0.9,
    b2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    weight_decay: Scalar = 1e-2,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""Adam with decoupled weight decay, $\theta' = \theta - \eta (u + \lambda \theta)$.

    Departs from the source: the decay is multiplied by $\eta$ too, as in PyTorch and Optax (there
    $\theta' = \theta - \eta_t (\alpha u + \lambda \theta)$, with a schedule $\eta_t$ and a rate $\alpha$).

    Returns:
      $\theta'$, $m'$ and $v'$.

    >>> z = jnp.array(0.0)
    >>> print(adamw(jnp.array(1.0), z, z, z, 1, lr=0.5, weight_decay=0.5)[0])
    0.75
    """
    u, m, v = adam_direction(grad, m, v, t, b1, b2, eps)
    return theta - lr * (u + weight_decay * theta), m, v
