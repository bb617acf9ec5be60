"""Under `shard_map`, values vary over the axes of the mesh or do not, and loops want that said."""

from typing import Any

import jax


def varying_alike(args: list[jax.Array]) -> list[jax.Array]:
    """Under `shard_map`: all arguments vary over the axes over which one of them does."""
    axes = frozenset().union(*map(_varying, args))
    missing = [tuple(axes - _varying(x)) for x in args]
    return [jax.lax.pcast(x, a, to="varying") if a else x for x, a in zip(args, missing, strict=True)]


def _varying(x: jax.Array) -> frozenset[str]:
    kind = jax.typeof(x)
    # JAX 0.10 keeps the axes in `manual_axis_type`, others directly in `vma`.
    return getattr(getattr(kind, "manual_axis_type", kind), "varying", getattr(kind, "vma", frozenset()))


def varying_like(tree: Any, model: jax.Array) -> Any:
    """The same arrays, varying over the axes over which `model` does."""
    return jax.tree.map(lambda x: varying_alike([x, model])[0], tree)
