"""Marks on arrays: which entries may depend on something, and which are zero or infinite whatever happens."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# What is known of an entry's value. The order matters: above ZERO a value is infinite or undefined.
UNKNOWN, ZERO, LOW, HIGH, UNDEFINED = range(5)
_SIGNS = "?0-+!"


def table(*rows: str) -> np.ndarray:
    """A law as a table: rows and columns are a finite unknown, zero, minus and plus infinity, undefined."""
    return np.array([[_SIGNS.index(sign) for sign in row] for row in rows], np.int8)


def _column(row: str) -> np.ndarray:
    """The law of a function of one operand, as a table whose columns are alike."""
    return np.repeat(table(row).T, len(_SIGNS), axis=1)


DEFAULT = table("??!!!", "??!!!", "!!!!!", "!!!!!", "!!!!!")
# At zero these have a pole, a logarithm's end or a kink that JAX fills in.
SINGULAR = table("?!!!!", "!!!!!", "!!!!!", "!!!!!", "!!!!!")
_ADD = table("??-+!", "?0-+!", "---!!", "++!+!", "!!!!!")
_KEPT, _ODD, _EXP = _column("?0-+!"), _column("?0!!!"), _column("??0+!")

TABLES: dict[str, np.ndarray] = {
    "add": _ADD,
    "add_any": _ADD,
    "sub": _ADD[:, [UNKNOWN, ZERO, HIGH, LOW, UNDEFINED]],
    "mul": table("?0!!!", "00!!!", "!!+-!", "!!-+!", "!!!!!"),
    "div": table("?!00!", "0!00!", "!!!!!", "!!!!!", "!!!!!"),
    "max": table("???+!", "?00+!", "?0-+!", "++++!", "!!!!!"),
    "min": table("??-?!", "?0-0!", "----!", "?0-+!", "!!!!!"),
    "neg": _column("?0+-!"),
    "abs": _column("?0++!"),
    "exp": _EXP,
    "exp2": _EXP,
    "logistic": _column("??0?!"),
    "tanh": _column("?0??!"),
    **dict.fromkeys(("convert_element_type", "reduce_precision", "copy", "copy_p", "stop_gradient"), _KEPT),
    **dict.fromkeys(("sin", "tan", "sinh", "asin", "asinh", "atan", "erf", "expm1", "log1p", "sqrt"), _ODD),
    **dict.fromkeys(("cbrt", "sign", "floor", "ceil", "round", "square"), _ODD),
    **dict.fromkeys(("log", "log2", "rsqrt", "pow", "integer_pow", "rem", "lgamma", "digamma"), SINGULAR),
}


@dataclasses.dataclass
class Marks:
    """An array of marks.

    Attributes:
      depends: for each entry whether it may depend on what is marked.
      state: for each entry what is known of its value.
    """

    depends: Any
    state: Any

    def __post_init__(self) -> None:
        self.state = np.asarray(self.state, np.int8)
        # A value that is always the same one depends on nothing.
        always = (self.state >= ZERO) & (self.state <= HIGH)
        self.depends = np.asarray(np.logical_and(self.depends, np.logical_not(always)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.state.shape

    @property
    def ndim(self) -> int:
        """The array's rank."""
        return self.state.ndim

    @property
    def rank(self) -> Any:
        """-1 where the value is minus infinity, 1 where it is plus infinity, 0 elsewhere."""
        return (self.state == HIGH).astype(np.int8) - (self.state == LOW)

    def broadcast(self, shape: tuple[int, ...]) -> Marks:
        """The marks in a larger shape."""
        return Marks(np.broadcast_to(self.depends, shape), np.broadcast_to(self.state, shape))

    def equals(self, other: Marks) -> bool:
        """Whether all marks are the same."""
        return bool((self.depends == other.depends).all() and (self.state == other.state).all())


class Flow:
    """The domain of marks; under `ieee` no value is known to be zero or infinite."""

    xp = np
    where = ""

    def __init__(self, ieee: bool) -> None:
        """A domain over the reals or over IEEE floats."""
        self.ieee = ieee

    def lift(self, value: Any) -> Marks:
        """What is known depends on nothing."""
        value = np.asarray(value, np.float64)
        state = np.zeros(value.shape, np.int8)
        if not self.ieee:
            state[value == 0] = ZERO
            state[value == -np.inf] = LOW
            state[value == np.inf] = HIGH
            state[np.isnan(value)] = UNDEFINED
        return Marks(np.zeros(value.shape, bool), state)

    @staticmethod
    def moved(x: Marks, move: Callable[[Any], Any]) -> Marks:
        """Entries moved."""
        return Marks(move(x.depends[None])[0], move(x.state[None])[0])

    @staticmethod
    def concatenate(xs: Sequence[Marks], axis: int) -> Marks:
        """Arrays one after another."""
        return Marks(
            np.concatenate([x.depends for x in xs], axis), np.concatenate([x.state for x in xs], axis)
        )

    @staticmethod
    def scatter_add(x: Marks, updates: Marks, places: Any) -> Marks:
        """x with updates added at flat places; -1 drops an update."""
        depends, state = x.depends.ravel(), x.state.ravel().copy()
        kept = places.ravel() >= 0
        at, added = places.ravel()[kept], updates.state.ravel()[kept]
        np.logical_or.at(depends := depends.copy(), at, updates.depends.ravel()[kept])
        for place, new in zip(at, added, strict=True):
            state[place] = _ADD[state[place], new]
        return Marks(depends.reshape(x.shape), state.reshape(x.shape))
