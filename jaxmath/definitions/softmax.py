r"""Softmax, its logarithm, and the logarithm of a sum of exponentials.

Scores become a probability vector: exponentiate, then divide by the sum.

Source: Boyd & Vandenberghe, *Convex Optimization* (2004), section 3.1.5 (log-sum-exp);
Bridle, *Probabilistic interpretation of feedforward classification network outputs* (1990) (softmax).
Claims: `jaxmath.claims.softmax`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def softmax(
    x: Float[Array, "*shape"], where: Bool[Array, "..."] | None = None, axis: int = -1
) -> Float[Array, "*shape"]:
    r"""Probabilities in proportion to the exponentials of the scores.

    $$ p_i = \frac{e^{x_i}}{\sum_{j \in M} e^{x_j}} \quad (i \in M), \qquad p_i = 0 \quad (i \notin M), $$

    where $M$ is the set of entries marked by `where` (all, without it); $p = 0$ where $M$ is empty.

    Departs from the source: the largest score is subtracted before the exponential, to stay in range.

    Args:
      x: scores.
      where: which entries take part; broadcast to the shape of `x`.
      axis: the axis of the sum.

    >>> print((8 * softmax(jnp.log(jnp.array([1.0, 2.0, 5.0])))).round())
    [1. 2. 5.]
    """
    e, total, _, _ = _exponentials(x, where, axis)
    return e / total


def logsumexp(
    x: Float[Array, "..."], where: Bool[Array, "..."] | None = None, axis: int = -1
) -> Float[Array, "..."]:
    r"""The logarithm of the sum of the exponentials, $\log \sum_{j \in M} e^{x_j}$.

    The sum over no entries is zero, and its logarithm $-\infty$.

    Departs from the source: computed as $m + \log \sum_j e^{x_j - m}$ with $m = \max_j x_j$.

    >>> print(logsumexp(jnp.log(jnp.array([1.0, 2.0, 5.0]))) - jnp.log(8.0))
    0.0
    """
    _, total, top, some = _exponentials(x, where, axis)
    return jnp.where(some, top + jnp.log(total), -jnp.inf).squeeze(axis)


def log_softmax(
    x: Float[Array, "*shape"], where: Bool[Array, "..."] | None = None, axis: int = -1
) -> Float[Array, "*shape"]:
    r"""The logarithms of the probabilities, $\log p_i = x_i - \log \sum_{j \in M} e^{x_j}$.

    An entry outside $M$ has probability zero: its logarithm is $-\infty$.

    >>> print((4 * jnp.exp(log_softmax(jnp.log(jnp.array([1.0, 3.0]))))).round())
    [1. 3.]
    """
    _, total, top, _ = _exponentials(x, where, axis)
    return jnp.where(_seen(x, where), x - top - jnp.log(total), -jnp.inf)


def _seen(x: Array, where: Array | None) -> Array:
    """The entries that take part."""
    return jnp.ones(x.shape, bool) if where is None else jnp.broadcast_to(where, x.shape)


def _exponentials(x: Array, where: Array | None, axis: int) -> tuple[Array, Array, Array, Array]:
    """The exponentials, their sum (1 for none), the shift, and whether there is any."""
    seen = _seen(x, where)
    some = seen.any(axis, keepdims=True)
    # The shift cancels in every use, so it needs no derivative.
    top = jnp.max(jax.lax.stop_gradient(x), axis, keepdims=True, initial=-jnp.inf, where=seen)
    top = jnp.where(some, top, 0)
    # Twice `where`: a derivative of an unused branch must be finite too.
    e = jnp.where(seen, jnp.exp(jnp.where(seen, x - top, 0)), 0)
    return e, jnp.where(some, e.sum(axis, keepdims=True), 1), top, some
