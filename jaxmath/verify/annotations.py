"""From a claim's signature to the values and types that it is checked at.

An argument annotated `Float[Array, "n 2*d"]` is universally quantified: it becomes a
`jax.ShapeDtypeStruct` whose axes are looked up in the claim's sizes. So do tuples and named tuples
of such arrays, and an array that may be `None` is there. Everything else, integers and booleans
above all, is taken as given and must have a value.
"""

import ast
import difflib
import inspect
import operator
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_OPERATORS: dict[type, Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}


class ClaimError(ValueError):
    """A claim cannot be evaluated as it is written."""


def arguments(
    name: str, signature: inspect.Signature, sizes: Mapping[str, int], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The value or type of every parameter of a claim, in order.

    Args:
      name: the claim's name, for messages.
      signature: the signature, with its annotations resolved.
      sizes: the size of each letter.
      given: values by parameter name; leaves may be `jax.ShapeDtypeStruct`s.

    Raises:
      ClaimError: if a parameter has neither a value nor an annotation that gives its type.
    """
    _known(name, signature, given)
    out = {}
    for parameter in signature.parameters.values():
        where = f"{name}: argument `{parameter.name}`"
        if parameter.name in given:
            out[parameter.name] = _given(where, given[parameter.name], parameter.annotation, sizes)
        elif parameter.default is not inspect.Parameter.empty:
            out[parameter.name] = parameter.default
        else:
            out[parameter.name] = _quantified(where, parameter.annotation, sizes)
    return out


def is_quantified(value: Any) -> bool:
    """Whether any leaf of a value is a type, not a value."""
    return any(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in jax.tree.leaves(value))


def described(annotation: Any) -> str:
    """An annotation as it is written: `Float[Array, "n d"]`."""
    if _is_array(annotation):
        return f'{annotation.dtype.__name__}[Array, "{annotation.dim_str}"]'
    return getattr(annotation, "__name__", str(annotation))


def _known(name: str, signature: inspect.Signature, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in signature.parameters:
            close = difflib.get_close_matches(key, signature.parameters, 1)
            raise ClaimError(
                f"{name}: `given` names `{key}`, which is no argument of the claim.\n"
                f"  Its arguments are {', '.join(signature.parameters) or 'none'}."
                + (f" Was `{close[0]}` meant?" if close else "")
            )


def _is_array(annotation: Any) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "dim_str") and hasattr(annotation, "dtypes")


def _quantified(where: str, annotation: Any, sizes: Mapping[str, int]) -> Any:
    parts = [part for part in typing.get_args(annotation) if part is not type(None)]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType) and len(parts) == 1:
        return _quantified(where, parts[0], sizes)
    if typing.get_origin(annotation) is tuple and Ellipsis not in parts:
        return tuple(_quantified(where, part, sizes) for part in parts)
    if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        fields = typing.get_type_hints(annotation).items()
        return annotation(*(_quantified(f"{where}.{key}", field, sizes) for key, field in fields))
    if not _is_array(annotation):
        told = "has no annotation" if annotation is inspect.Parameter.empty else f"is {described(annotation)}"
        raise ClaimError(
            f"{where} has no value.\n"
            f"  It {told}, which does not say its shape.\n"
            '  Annotate it as Float[Array, "n d"], or pass it in `given`.'
        )
    return jax.ShapeDtypeStruct(_shape(where, annotation, sizes), _dtype(where, annotation))


def _dtype(where: str, annotation: Any) -> np.dtype:
    names = annotation.dtypes if isinstance(annotation.dtypes, tuple) else ("any",)
    if not all(name.startswith(("float", "bfloat")) for name in names):
        raise ClaimError(
            f"{where} has no value.\n"
            f"  It is {described(annotation)}; only floating arguments are quantified over.\n"
            "  Pass integers and booleans in `given`, or annotate it Float."
        )
    return jnp.dtype("float32" if "float32" in names else names[0])


def _shape(where: str, annotation: Any, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(_axis(where, annotation, token, sizes) for token in annotation.dim_str.split())


def _axis(where: str, annotation: Any, token: str, sizes: Mapping[str, int]) -> int:
    text = token.partition("=")[2] or token
    try:
        size = _evaluated(ast.parse(text, mode="eval").body, sizes)
    except KeyError as missing:
        letter = missing.args[0]
        raise ClaimError(
            f"{where} has an axis of unknown size.\n"
            f"  It is {described(annotation)}   <- {letter} is not in at={_dict(sizes)}\n"
            f"  Give {letter} a size in `at`, or pass the argument in `given`."
        ) from None
    except (SyntaxError, TypeError, ZeroDivisionError):
        size = -1
    if size < 0:
        raise ClaimError(
            f"{where} has an axis that is no size: `{token}`.\n"
            f"  It is {described(annotation)} at {_dict(sizes)}.\n"
            "  Axes of a claim are letters, numbers, and sums, differences, products, powers and"
            " quotients (//) of them, at least zero."
        )
    return size


def _evaluated(node: ast.AST, sizes: Mapping[str, int]) -> int:
    if isinstance(node, ast.Name):
        return sizes[node.id]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluated(node.left, sizes), _evaluated(node.right, sizes))
    raise TypeError


def _given(where: str, value: Any, annotation: Any, sizes: Mapping[str, int]) -> Any:
    if _is_array(annotation) and hasattr(value, "shape"):
        demanded = _shape(where, annotation, sizes)
        if tuple(value.shape) != demanded:
            raise ClaimError(
                f"{where} is given with another shape than it is annotated with.\n"
                f"  It is {described(annotation)} at {_dict(sizes)}, that is {demanded}\n"
                f"  given                {tuple(value.shape)}\n"
                "  Make `at` and `given` agree."
            )
    value = jax.tree.map(lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf, value)
    leaves = jax.tree.leaves(value)
    floats = [x for x in leaves if isinstance(x, jax.Array) and jnp.issubdtype(x.dtype, jnp.inexact)]
    if is_quantified(value) and floats:
        raise ClaimError(
            f"{where} mixes floating values with types.\n"
            "  A floating leaf beside a jax.ShapeDtypeStruct would be quantified over and its value lost.\n"
            "  Make it a jax.ShapeDtypeStruct too, or an argument of its own."
        )
    return value


def _dict(sizes: Mapping[str, int]) -> str:
    return f"dict({', '.join(f'{letter}={size}' for letter, size in sizes.items())})"
