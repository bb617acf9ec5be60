"""From Python functions to jaxprs, and from equations back to the user's file and line."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import source_info_util
from jax._src.interpreters import partial_eval

Spec = jax.ShapeDtypeStruct


@dataclasses.dataclass(frozen=True)
class Trace:
    """A traced function.

    Attributes:
      jaxpr: the closed jaxpr, dead code removed.
      given: for each input either a concrete integer or boolean array, or None for an unknown.
      names: a path for each input, such as `[0]['w']`.
      avals: the inputs' shapes and dtypes.
      out: structure of the result.
    """

    jaxpr: Any
    given: tuple[np.ndarray | None, ...]
    names: tuple[str, ...]
    avals: tuple[Spec, ...]
    out: Any


def is_float(dtype: Any) -> bool:
    """Whether a dtype is one of the real floating types."""
    return jnp.issubdtype(dtype, jnp.floating)


def leaf_spec(leaf: Any, name: str) -> Spec:
    """Shape and dtype of an argument's leaf."""
    if isinstance(leaf, Spec):
        return leaf
    if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
        if isinstance(leaf, bool | int | float):
            leaf = jnp.asarray(leaf)
        else:
            raise TypeError(
                f"argument {name}: an array or a jax.ShapeDtypeStruct is needed, {type(leaf).__name__} came. "
                "Close over what is not an array, with functools.partial for instance."
            )
    return Spec(leaf.shape, leaf.dtype)


def trace(fn: Callable[..., Any], args: Sequence[Any], wide: bool = False) -> Trace:
    """Traces `fn`; floating leaves of `args` are unknowns, integer and boolean arrays are given.

    Args:
      fn: a function of arrays.
      args: arrays, `jax.ShapeDtypeStruct`s, or pytrees of them.
      wide: trace in float64, so that constants keep 53 bits.

    Raises:
      TypeError: for a leaf that is no array, or integers without values.
    """
    leaves, tree = jax.tree_util.tree_flatten_with_path(tuple(args))
    names = tuple(jax.tree_util.keystr(path) for path, _ in leaves)
    specs = [leaf_spec(leaf, name) for (_, leaf), name in zip(leaves, names, strict=True)]
    given = tuple(
        _given(leaf, spec, name) for (_, leaf), spec, name in zip(leaves, specs, names, strict=True)
    )
    avals = tuple(_widened(s) if wide else s for s in specs)

    # Given arrays are constants of the program, so that shapes and branches may depend on them.
    def flat(*unknown: Any) -> Any:
        rest = iter(unknown)
        filled = [next(rest) if g is None else g for g in given]
        return fn(*jax.tree_util.tree_unflatten(tree, filled))

    unknown = [a for a, g in zip(avals, given, strict=True) if g is None]
    with jax.enable_x64(wide or jax.config.read("jax_enable_x64")):
        jaxpr, out = jax.make_jaxpr(flat, return_shape=True)(*unknown)
    pruned, _ = partial_eval.dce_jaxpr(jaxpr.jaxpr, [True] * len(jaxpr.jaxpr.outvars), instantiate=True)
    return Trace(jaxpr.replace(jaxpr=pruned), given, names, avals, out)


def _widened(spec: Spec) -> Spec:
    return Spec(spec.shape, np.float64) if is_float(spec.dtype) else spec


def _given(leaf: Any, spec: Spec, name: str) -> np.ndarray | None:
    if is_float(spec.dtype):
        return None
    if jnp.issubdtype(spec.dtype, jnp.complexfloating):
        raise TypeError(f"argument {name}: real floating arrays are unknowns of a proof, {spec.dtype} came.")
    if jax.dtypes.issubdtype(spec.dtype, jax.dtypes.extended):
        return leaf
    if isinstance(leaf, Spec):
        raise TypeError(
            f"argument {name}: {spec.dtype} arrays are taken as given, so their values are needed; "
            "a jax.ShapeDtypeStruct came. Pass the array itself."
        )
    return np.asarray(leaf)


def where(eqn: Any) -> str:
    """` at file:line (function)` of the user's code behind an equation, or nothing."""
    frame = source_info_util.user_frame(eqn.source_info.traceback)
    if frame is None:
        return ""
    return f" at {os.path.basename(frame.file_name)}:{frame.start_line} ({frame.function_name})"


def describe(eqn: Any) -> str:
    """An equation's primitive with the types that go in and come out."""
    ins = ", ".join(_short(v.aval) for v in eqn.invars)
    outs = ", ".join(_short(v.aval) for v in eqn.outvars)
    return f"`{eqn.primitive.name}` ({ins} -> {outs})"


def _short(aval: Any) -> str:
    shape = ",".join(map(str, getattr(aval, "shape", ())))
    return f"{getattr(aval, 'dtype', aval)}[{shape}]"
