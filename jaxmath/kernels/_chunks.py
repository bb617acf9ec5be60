"""Recurrences over positions, a chunk of positions at a time."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._numeric import widened

Chunk = tuple[jax.Array, ...]


def over_chunks(
    step: Callable[[jax.Array, Chunk], tuple[jax.Array, jax.Array]],
    state: jax.Array,
    operands: Chunk,
    chunk: int,
) -> tuple[jax.Array, jax.Array]:
    """Carry a state through chunks of positions; the last one is filled up with zeros.

    Args:
      step: from the state and the operands of a chunk to the next state and the answers.
      state: the first state.
      operands: arrays with one row a position.
      chunk: positions at once.

    Returns:
      The last state, and one answer a position.
    """
    n = operands[0].shape[0]
    chunk = min(chunk, max(n, 1))
    short = -n % chunk
    rows = tuple(jnp.pad(x, ((0, short),) + ((0, 0),) * (x.ndim - 1)) for x in operands)
    parts = tuple(x.reshape(-1, chunk, *x.shape[1:]) for x in rows)
    if parts[0].shape[0] == 1:
        state, out = step(state, tuple(x[0] for x in parts))
        return state, out[:n]
    state, out = lax.scan(step, state, parts)
    return state, out.reshape(-1, *out.shape[2:])[:n]


def fading(log_decay: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    r"""Of a chunk: what is left of each row at each row, of the state at each row, of each row at the end.

    $D_{ij} = e^{\alpha_{j+1} + \dots + \alpha_i}$ for $j \le i$, else zero; no exponent is above zero.
    """
    since = jnp.cumsum(log_decay)
    seen = jnp.tri(log_decay.shape[0], dtype=bool)
    between = jnp.where(seen, since[:, None] - since[None, :], 0)
    return jnp.where(seen, jnp.exp(between), 0), jnp.exp(since), jnp.exp(since[-1] - since)


def check_chunk(function: str, chunk: Any) -> None:
    """Raise if that is no number of positions."""
    if not isinstance(chunk, int) or chunk < 1:
        raise ValueError(f"{function}: chunk must be a positive int, positions at once; got {chunk!r}.")


def one_by_one(function: Callable[..., Any], signature: str, *operands: jax.Array) -> Any:
    """A function of one sequence over leading axes that broadcast, in float32 at least."""
    cores = [part.count(",") + 1 for part in signature.partition("->")[0].split("),(")]
    rank = max(x.ndim - core for x, core in zip(operands, cores, strict=True))
    alike = [
        widened(x).reshape((1,) * (rank + core - x.ndim) + x.shape)
        for x, core in zip(operands, cores, strict=True)
    ]
    return jnp.vectorize(function, signature=signature)(*alike)
