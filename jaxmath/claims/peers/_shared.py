"""What claims about several libraries share."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from jaxmath import definitions


def attention_of_batch(
    q: Float[Array, "b n h d"],
    k: Float[Array, "b m g d"],
    v: Float[Array, "b m g e"],
    *,
    mask: Bool[ArrayLike, "n m"] | None = None,
    bias: Float[Array, "b h n m"] | None = None,
    **options: Any,
) -> Float[Array, "b n h e"]:
    """Grouped-query attention of every item of a batch; all see the same pairs."""
    mask = None if mask is None else jnp.asarray(mask)

    def item(q: Array, k: Array, v: Array, bias: Array | None) -> Array:
        heads = (jnp.swapaxes(x, 0, 1) for x in (q, k, v))
        return jnp.swapaxes(definitions.grouped_query_attention(*heads, mask, bias, **options), 0, 1)

    return jax.vmap(item)(q, k, v, bias)


def exponential_bits(function: Callable[..., Array], *shapes: tuple[int, ...]) -> int:
    """The width of the exponentials in the program of a function of bfloat16 arrays; 0 if they differ."""
    arrays = (jax.ShapeDtypeStruct(shape, jnp.bfloat16) for shape in shapes)
    with jax.numpy_dtype_promotion("standard"):
        program = jax.make_jaxpr(function)(*arrays)
    widths = set(_exponentials(program.jaxpr))
    return widths.pop() if len(widths) == 1 else 0


def _exponentials(jaxpr: Any) -> Iterator[int]:
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "exp":
            yield 8 * eqn.outvars[0].aval.dtype.itemsize
        for value in eqn.params.values():
            for inner in value if isinstance(value, tuple | list) else (value,):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from _exponentials(inner)


def pullback(function: Callable[..., Any]) -> Callable[..., Any]:
    """JAX's own pullback of a function, its custom rules and all: `vjp(*args, cotangent)`."""
    return lambda *args: jax.vjp(function, *args[:-1])[1](args[-1])


def paged_keys(
    pages: Float[Array, "g pages size d"], pages_of: Int[Array, " count"]
) -> Float[Array, "g count*size d"]:
    """The keys (or values) of one sequence, from the pages that its table names."""
    chosen = pages[:, pages_of]
    return chosen.reshape(chosen.shape[0], -1, chosen.shape[-1])
