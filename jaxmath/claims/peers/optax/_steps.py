"""What claims about Optax share."""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

Theta = Float[Array, " n"]
Grads = Float[Array, "t n"]
Scalar = Float[Array, ""]


def documented(name: str) -> str:
    """The source of a claim about what Optax's documentation says."""
    return f"Optax documentation, {name}"


def after(optimizer: optax.GradientTransformation, theta: Array, grads: Iterable[Array]) -> Array:
    """The parameters after a step for each gradient."""
    # Optax mixes counts and floats.
    with jax.numpy_dtype_promotion("standard"):
        state = optimizer.init(theta)
        for grad in grads:
            update, state = optimizer.update(grad, state, theta)
            theta = optax.apply_updates(theta, update)
    return theta


def adam_after(step: Callable[..., Any], theta: Array, grads: Iterable[Array], *hyper: Array) -> Array:
    """The same for a textbook step of the kind of Adam's, counted from 1."""
    m = v = jnp.zeros_like(theta)
    for t, grad in enumerate(grads, start=1):
        theta, m, v = step(theta, grad, m, v, t, *hyper)
    return theta
