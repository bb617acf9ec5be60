"""What claims about modules with a state of fixed size share: one sequence, and the textbook around heads."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Rows = Float[Array, "n d"]
Weights = Float[Array, " parts"]
# Which of three positions hold a token.
HERE = np.array([True, False, True])
KEPT = np.flatnonzero(HERE)
# Of a head: from queries, keys and values to answers.
Head = Callable[[int, Array, Array, Array], Array]


def run(module: Any, x: Array, state: Any = None, here: np.ndarray | None = None) -> tuple[Array, Any]:
    """The answers to one sequence, and the state after it."""
    y, state = module(x[None], state, None if here is None else jnp.asarray(here)[None])
    return y[0], state


def textbook(module: Any, x: Array, head: Head) -> Array:
    """Projections, then heads one by one, each with its columns of them, then the projection back."""
    h = module.config.heads
    parts = [jnp.split(x @ f.weight[...], h, 1) for f in (module.q, module.k, module.v)]
    answers = [head(i, *(part[i] for part in parts)) for i in range(h)]
    return jnp.concatenate(answers, 1) @ module.out.weight[...]


def in_pieces(
    module: Any, x: Array, pass_on: Callable[[Any], Any] = lambda state: state
) -> tuple[Array, Any]:
    """All but the last position first, and the last one from what `pass_on` makes of the state."""
    first, state = run(module, x[:-1])
    last, state = run(module, x[-1:], pass_on(state))
    return jnp.concatenate([first, last]), state


def gradients(*functions: Callable[[Array, Array], Array], at: tuple[Array, Array], dy: Array) -> Any:
    """What a cotangent pulls back to, through each of these functions of weights and a sequence."""
    return tuple(jax.vjp(f, *at)[1](dy) for f in functions)


def among(module: Any, x: Array, state: Any, here: np.ndarray | None = HERE) -> tuple[Array, Any]:
    """The answers to tokens with something else among them, and the state after all."""
    y, after = run(module, x, state, here)
    return y[KEPT], after


def alone(module: Any, x: Array, state: Any) -> tuple[Array, Any]:
    """The answers to the same tokens without the rest, and the state after them."""
    return run(module, x[KEPT], state)


def with_zeros(x: Array) -> Array:
    """A vector of zeros where there is no token."""
    return jnp.where(jnp.asarray(HERE)[:, None], x, 0)


def nothing(state: Any) -> Any:
    """A state that was forgotten."""
    return jax.tree.map(jnp.zeros_like, state)


def constant(state: Any) -> Any:
    """A state through which no gradient goes."""
    return jax.tree.map(jax.lax.stop_gradient, state)


def later(n: int, d: int) -> list[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Every position, and the vectors behind it."""
    i = np.repeat(np.arange(n)[:, None], d, 1)
    return [(i == p, {"x": i > p}) for p in range(n - 1)]


def itself(n: int, d: int) -> list[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The last position, and its own vector."""
    i = np.repeat(np.arange(n)[:, None], d, 1)
    return [(i == n - 1, {"x": i == n - 1})]
