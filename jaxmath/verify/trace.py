"""From Python functions to jaxprs, and from equations back to the user's file and line."""

import dataclasses
import functools
import os
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import source_info_util
from jax._src.interpreters import partial_eval
from jax.extend.core import ClosedJaxpr

from jaxmath.verify.errors import QuestionError

Spec = jax.ShapeDtypeStruct
_HERE = os.path.dirname(os.path.abspath(__file__))
_OWN = (_HERE, os.path.join(_HERE, "rules"))
_DECORATORS = ("jaxtyping", "beartype")
_TOO_EARLY = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)


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
    given: tuple[Any, ...]
    names: tuple[str, ...]
    avals: tuple[Spec, ...]
    out: Any


def is_float(dtype: Any) -> bool:
    """Whether a dtype is one of the real floating types."""
    return jnp.issubdtype(dtype, jnp.floating)


def leaf_spec(leaf: Any, name: str) -> Spec:
    """Shape and dtype of an argument's leaf."""
    if isinstance(leaf, bool | int | float):
        leaf = jnp.asarray(leaf)
    if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype") or not _has_numbers(leaf.dtype):
        raise TypeError(
            f"argument {_spoken(name)}: an array or a jax.ShapeDtypeStruct is needed, "
            f"{type(leaf).__name__} came. "
            "Close over what is not an array, with functools.partial for instance."
        )
    return leaf if isinstance(leaf, Spec) else Spec(leaf.shape, leaf.dtype)


def _spoken(name: str) -> str:
    """`1['w']` for the path `[1]['w']`."""
    number, _, rest = name.removeprefix("[").partition("]")
    return number + rest


def _has_numbers(dtype: Any) -> bool:
    try:
        kinds = (np.number, np.bool_, jax.dtypes.extended)
        return any(jax.dtypes.issubdtype(dtype, kind) for kind in kinds) or dtype == jax.dtypes.float0
    except TypeError:
        return False


def trace(fn: Callable[..., Any], args: Sequence[Any], wide: bool = False, prune: bool = True) -> Trace:
    """Traces `fn`; floating leaves of `args` are unknowns, integer and boolean arrays are given.

    Args:
      fn: a function of arrays.
      args: arrays, `jax.ShapeDtypeStruct`s, or pytrees of them.
      wide: trace in float64, so that constants keep 53 bits.
      prune: leave out what no output needs.

    Raises:
      TypeError: for a leaf that is no array, or integers without values.
      QuestionError: if the function branches on unknown values, or returns what is no array.
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
        return _arrays(fn(*jax.tree_util.tree_unflatten(tree, filled)))

    unknown = [a for a, g in zip(avals, given, strict=True) if g is None]
    with jax.enable_x64(wide or jax.config.read("jax_enable_x64")):
        try:
            jaxpr, out = jax.make_jaxpr(flat, return_shape=True)(*unknown)
        except _TOO_EARLY as error:
            raise QuestionError(_too_early(error)) from error
        except Exception as error:
            error.add_note("Raised while the function was traced for a proof; nothing is claimed.")
            raise
    if prune:
        used = [True] * len(jaxpr.jaxpr.outvars)
        jaxpr = jaxpr.replace(jaxpr=partial_eval.dce_jaxpr(jaxpr.jaxpr, used, instantiate=True)[0])
    return Trace(jaxpr, given, names, avals, out)


def _arrays(out: Any) -> Any:
    for path, leaf in jax.tree_util.tree_leaves_with_path(out):
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float | complex):
            raise QuestionError(
                f"output{jax.tree_util.keystr(path)}: an array is needed, {type(leaf).__name__} came.\n"
                "  Return arrays, or pytrees of arrays."
            )
    return out


def _too_early(error: Exception) -> str:
    text = str(error).splitlines()[0]
    return (
        f"the function asks for values that are unknown: {type(error).__name__}: {text}\n"
        f"  used{_raised_at(error) or ' at an unknown place'}\n"
        "  Use jnp.where, or let what decides be an integer or boolean array: those are taken as given."
    )


def _raised_at(error: Exception) -> str:
    """The innermost frame of the user's code that an exception went through."""
    frames = [s for s in traceback.extract_tb(error.__traceback__) if _is_users(s.filename)]
    return _written(frames[-1].filename, frames[-1].lineno, frames[-1].name) if frames else ""


def _is_users(file: str) -> bool:
    folder = os.path.dirname(os.path.abspath(file))
    own = folder in _OWN or os.path.basename(folder) in _DECORATORS
    return not own and source_info_util.is_user_filename(file)


def _written(file: str, line: int | None, function: str) -> str:
    return f" at {os.path.basename(file)}:{line} ({function})"


def _widened(spec: Spec) -> Spec:
    return Spec(spec.shape, np.float64) if is_float(spec.dtype) else spec


def _given(leaf: Any, spec: Spec, name: str) -> Any:
    if is_float(spec.dtype):
        return None
    if jnp.issubdtype(spec.dtype, jnp.complexfloating):
        raise TypeError(
            f"argument {_spoken(name)}: real floating arrays are unknowns of a proof, {spec.dtype} came."
        )
    if isinstance(leaf, Spec):
        raise TypeError(
            f"argument {_spoken(name)}: {spec.dtype} arrays are taken as given, so their values are needed; "
            "a jax.ShapeDtypeStruct came. Pass the array itself."
        )
    # Python's own integers stay what they are: sizes, exponents and switches are made of them.
    extended = jax.dtypes.issubdtype(spec.dtype, jax.dtypes.extended)
    return leaf if extended or isinstance(leaf, bool | int) else np.asarray(leaf)


def where(eqn: Any) -> str:
    """` at file:line (function)` of the user's code behind an equation, or nothing."""
    return _place(eqn.source_info.traceback)


@functools.lru_cache(maxsize=4096)
def _place(trail: Any) -> str:
    """The innermost frame that is neither JAX's nor the engine's."""
    for frame in source_info_util.user_frames(trail):
        if _is_users(frame.file_name):
            return _written(frame.file_name, frame.start_line, frame.function_name)
    return ""


def scan_counts(eqn: Any) -> tuple[int, int]:
    """How many operands of a `scan` are constants, and how many are carried on."""
    p = eqn.params
    if "num_consts" in p:
        return p["num_consts"], p["num_carry"]
    # From JAX 0.11 on the operands come in a tree of three parts.
    consts, carry, _ = p["ft_in"].unpack()
    return len(consts), len(carry)


def body_of(eqn: Any) -> Any:
    """What a primitive that is no part of JAX says it computes: its parameter `jaxpr`, or None.

    A library may give a function rules of its own for differentiation and batching by making it a
    primitive; with the plain program as parameter `jaxpr`, such a call can be read like any other.
    """
    body = eqn.params.get("jaxpr")
    if not isinstance(body, ClosedJaxpr):
        return None
    theirs = [v.aval.shape for v in (*body.jaxpr.invars, *body.jaxpr.outvars)]
    ours = [getattr(v.aval, "shape", None) for v in (*eqn.invars, *eqn.outvars)]
    return body if ours == theirs else None


def describe(eqn: Any) -> str:
    """An equation's primitive with the types that go in and come out."""
    ins = ", ".join(_short(v.aval) for v in eqn.invars)
    outs = ", ".join(_short(v.aval) for v in eqn.outvars)
    return f"`{eqn.primitive.name}` ({ins} -> {outs})"


def _short(aval: Any) -> str:
    shape = ",".join(map(str, getattr(aval, "shape", ())))
    return f"{getattr(aval, 'dtype', aval)}[{shape}]"
