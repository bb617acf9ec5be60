r"""One letter, one meaning.

Every size in the library is a letter of `ALPHABET`, and a shape is a string of
letters in the language of jaxtyping: `"n d"` is $n$ rows of width $d$.

`check` binds the letters of several arrays to their sizes, with chex underneath,
and names the argument and the axis at fault:

```
attention: shapes do not fit together.
  q     (n=6, d=64)
  k     (m=9, d=32)   <- d is 64 in q
  v     (m=9, e=64)
```

`NotationError` is an `AssertionError`, as chex's own are, and like them it is
silent under `chex.disable_asserts()`. Only shapes and dtypes are looked at, so
`check` works under `jit`, under `vmap` and on `jax.ShapeDtypeStruct`.
"""

import dataclasses
import functools
import inspect
import types
import typing
from collections.abc import Callable
from typing import Any

import chex
import jax
import jaxtyping

ALPHABET = {
    "a": "attributes of one kind, with which words are associated",
    "answers": "answers to one prompt",
    "axes": "axes of time and space along which positions are counted",
    "b": "items of a batch",
    "buckets": "buckets of relative positions",
    "c": "width of a context: of the sequence that is read, where it differs from d",
    "coalitions": "sets of players",
    "concepts": "numbers that describe a concept",
    "d": "width: of the model, or of a query and a key where there is no model",
    "e": "width of a value",
    "experts": "experts of a mixture",
    "f": "hidden width of a feed-forward layer",
    "features": "directions that stand for something",
    "g": "groups: heads of keys and values, each shared by as many heads of queries",
    "groups": "groups of people",
    "h": "heads",
    "k": "width of a query and a key inside a head, where d is that of the model",
    "l": "layers",
    "m": "keys: positions that are read",
    "models": "models that are merged",
    "n": "queries: positions that read",
    "nodes": "places at which an integrand is read",
    "orders": "orders of a Rényi divergence",
    "pages": "pages of a cache",
    "parts": "components that add up to one vector",
    "picks": "experts that answer one token",
    "places": "places of a cache",
    "players": "players of a game",
    "r": "rotated pairs of entries",
    "rank": "rank of a low-rank update",
    "t": "time: positions of the only sequence",
    "v": "words of the vocabulary",
    "words": "words of a phrase",
    "x": "targets of one kind, whose association is tested",
    "y": "targets of the other kind",
}

# What a kind of dtype is called, and what to do about an argument that is of another.
_WORDS = {
    "Float": ("floating", "pass {}.astype(jnp.float32)"),
    "Int": ("a signed integer", "pass {}.astype(jnp.int32)"),
    "Integer": ("integer", "pass {}.astype(jnp.int32)"),
    "UInt": ("an unsigned integer", "pass {}.astype(jnp.uint32)"),
    "Bool": ("boolean", "pass a comparison, such as {} == 1"),
}
_ARRAYS = (*typing.get_args(chex.Array), jax.ShapeDtypeStruct)


class NotationError(AssertionError):
    """Arguments that are not arrays, of the wrong dtype, or of shapes that do not fit together."""


@dataclasses.dataclass(frozen=True)
class _Demand:
    """What an annotation demands.

    Attributes:
      axes: the names of the axes.
      kind: the name of the jaxtyping dtype; any dtype will do if empty.
      dtypes: the dtypes of that kind.
      others: types that are as good as an array; `NoneType` for an optional argument.
    """

    axes: tuple[str, ...]
    kind: str = ""
    dtypes: tuple[str, ...] = ()
    others: tuple[type, ...] = ()

    @property
    def shape(self) -> str:
        return f"({', '.join(self.axes)})"


_Arguments = dict[str, tuple[Any, _Demand]]
_Bound = dict[str, tuple[int, str]]


def check(function: str, /, **arguments: tuple[Any, Any]) -> dict[str, int]:
    """Bind the letters of several shapes, or say which argument does not fit.

    The first argument that has a letter binds it. A shape may also hold integers, `_` (any size),
    `#n` (1 or n), one of `...` and `*b` (any number of axes; that they broadcast is left to the
    function that loops over them), and expressions in letters bound before (`d/2`).

    Args:
      function: the name that opens the message.
      **arguments: each an array and what is demanded of it: a shape such as `"n d"`, or a jaxtyping
        annotation such as `Float[Array, "n d"]`, which also demands a dtype. `Bool[Array, "n m"] | None`
        lets `None` pass, `Float[Array, ""] | float` a number.

    Returns:
      The size of every letter bound.

    Raises:
      NotationError: if an argument is not an array, has the wrong dtype, or does not fit the others.
      TypeError: if a demand is neither a shape nor a jaxtyping annotation.

    Example:
      >>> check("outer", x=(jax.numpy.ones(2), "n"), y=(jax.numpy.ones(3), "m"))
      {'n': 2, 'm': 3}
    """
    pairs = {name: (value, _parse(demand)) for name, (value, demand) in arguments.items()}
    _check_types(function, {x: pair for x, pair in pairs.items() if not _is_absent(*pair)})
    arrays = {x: pair for x, pair in pairs.items() if isinstance(pair[0], _ARRAYS)}
    _check_dtypes(function, arrays)
    return _check_shapes(function, arrays)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function check its arguments against its own jaxtyping annotations at every call.

    Arguments annotated with anything else are left alone.
    """
    signature = inspect.signature(function, eval_str=True)
    annotations = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    demands = {name: demand for name, demand in annotations.items() if _jaxtypes(demand)}

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        check(function.__name__, **{x: (given[x], demands[x]) for x in given if x in demands})
        return function(*args, **kwargs)

    return wrapper


def _members(annotation: Any) -> tuple[Any, ...]:
    is_union = isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union
    return typing.get_args(annotation) if is_union else (annotation,)


def _jaxtypes(annotation: Any) -> list[Any]:
    classes = (x for x in _members(annotation) if isinstance(x, type))
    return [x for x in classes if issubclass(x, jaxtyping.AbstractArray)]


@functools.cache
def _parse(annotation: Any) -> _Demand:
    if isinstance(annotation, str):
        return _Demand(tuple(annotation.split()))
    arrays = _jaxtypes(annotation)
    if len(arrays) != 1:
        raise TypeError(
            "notation.check: a demand must be a shape, such as 'n d', or a jaxtyping annotation, such as "
            f"Float[Array, 'n d'], alone or with None or a number type; got {annotation!r}."
        )
    (array,) = arrays
    others = tuple(x for x in _members(annotation) if x is not array)
    if isinstance(array.dtypes, tuple):
        return _Demand(tuple(array.dim_str.split()), array.dtype.__name__, array.dtypes, others)
    return _Demand(tuple(array.dim_str.split()), others=others)


def _rejects(assertion: Callable[..., None], *args: Any) -> bool:
    # chex decides, so that chex.disable_asserts() silences this module too.
    try:
        assertion(*args)
    except AssertionError:
        return True
    return False


def _message(headline: str, rows: list[tuple[str, str, str]]) -> str:
    names = max(4, *(len(name) for name, _, _ in rows)) + 2
    shown = max(len(what) for _, what, _ in rows)
    lines = (
        f"  {name:{names}}" + (f"{what:{shown}}   <- {note}" if note else what) for name, what, note in rows
    )
    return "\n".join([headline, *lines])


def _raise_if_noted(headline: str, rows: list[tuple[str, str, str]]) -> None:
    if any(note for _, _, note in rows):
        raise NotationError(_message(headline, rows))


def _is_absent(value: Any, demand: _Demand) -> bool:
    return value is None and type(None) in demand.others


def _check_types(function: str, pairs: _Arguments) -> None:
    rows = [(name, _typed(value), _type_note(name, value, demand)) for name, (value, demand) in pairs.items()]
    _raise_if_noted(f"{function}: arguments are not arrays.", rows)


def _typed(value: Any) -> str:
    return _dtyped(value) if isinstance(value, _ARRAYS) else type(value).__name__


def _type_note(name: str, value: Any, demand: _Demand) -> str:
    if not _rejects(chex.assert_equal, isinstance(value, (*_ARRAYS, *demand.others)), True):
        return ""
    word = _WORDS.get(demand.kind, ("an array",))[0]
    remedy = "" if value is None else f": pass jnp.asarray({name})"
    return f"must be {word}, of shape {demand.shape}{remedy}"


def _check_dtypes(function: str, arrays: _Arguments) -> None:
    rows = [
        (name, _dtyped(value), _dtype_note(name, value, demand)) for name, (value, demand) in arrays.items()
    ]
    _raise_if_noted(f"{function}: dtypes are not what they must be.", rows)


def _dtyped(value: Any) -> str:
    return f"{value.dtype}({', '.join(map(str, value.shape))})"


def _dtype_note(name: str, value: Any, demand: _Demand) -> str:
    is_key = jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key)
    dtype = "prng_key" if is_key else str(value.dtype)
    if not demand.kind or not _rejects(chex.assert_equal, dtype in demand.dtypes, True):
        return ""
    word, remedy = _WORDS.get(demand.kind, (f"one of {', '.join(demand.dtypes)}", "pass {} in one of these"))
    return f"must be {word}: {remedy.format(name)}"


def _check_shapes(function: str, arrays: _Arguments) -> dict[str, int]:
    bound: _Bound = {}
    rows = [(name, *_fit(name, value, demand, bound)) for name, (value, demand) in arrays.items()]
    _raise_if_noted(f"{function}: shapes do not fit together.", rows)
    return {axis: size for axis, (size, _) in bound.items() if axis.isidentifier()}


def _fit(name: str, value: Any, demand: _Demand, bound: _Bound) -> tuple[str, str]:
    """The shape as it is shown, and what is wrong with it; binds its letters on the way."""
    axes = _align(demand.axes, value.ndim)
    if _rejects(chex.assert_rank, value, len(axes)):
        hint = ": jax.vmap takes leading axes" if value.ndim > len(axes) else ""
        return _shaped(value.shape, ("_",) * value.ndim), f"must be {demand.shape}{hint}"
    expected = [_sizes(axis, size, name, bound) for axis, size in zip(axes, value.shape, strict=False)]
    if not _rejects(chex.assert_shape, value, expected):
        return _shaped(value.shape, axes), ""
    wrong = (i for i, sizes in enumerate(expected) if sizes is not None and value.shape[i] not in sizes)
    return _shaped(value.shape, axes), ", ".join(_axis_note(i, axes[i], bound) for i in wrong)


def _align(axes: tuple[str, ...], rank: int) -> tuple[str, ...]:
    """One name per axis: `...` and `*b` become as many `_` as there is room for."""
    i = next((i for i, axis in enumerate(axes) if axis[0] in "*."), None)
    if i is None:
        return axes
    return (*axes[:i], *["_"] * (rank - len(axes) + 1), *axes[i + 1 :])


def _shaped(shape: tuple[int, ...], axes: tuple[str, ...]) -> str:
    letters = [axis.removeprefix("#") for axis in axes]
    sizes = (str(n) if x == "_" or x.isdigit() else f"{x}={n}" for x, n in zip(letters, shape, strict=False))
    return f"({', '.join(sizes)})"


def _sizes(axis: str, size: int, name: str, bound: _Bound) -> set[float] | None:
    """The sizes an axis may have (any, if `None`); a letter not met before is bound to this one."""
    letter = axis.removeprefix("#")
    if axis == "_" or (axis[0] == "#" and size == 1):
        return None
    if axis.isdigit():
        return {int(axis)}
    if letter.isidentifier():
        return {bound.setdefault(letter, (size, name))[0]}
    value = _evaluate(axis, bound)
    return None if value is None else {value}


def _evaluate(expression: str, bound: _Bound) -> float | None:
    try:
        return eval(expression, {"__builtins__": {}}, {letter: size for letter, (size, _) in bound.items()})
    except NameError:
        return None


def _axis_note(i: int, axis: str, bound: _Bound) -> str:
    letter = axis.removeprefix("#")
    if axis.isdigit():
        return f"axis {i} must be {axis}"
    if letter in bound:
        return f"{letter} is {bound[letter][0]} in {bound[letter][1]}"
    return f"{axis} is {_evaluate(axis, bound):g}"
