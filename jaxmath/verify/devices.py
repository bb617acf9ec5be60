"""One program on several devices, walked in lockstep: a value is one value per device where they differ."""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jaxmath.verify.interpret import Walk, is_known

Collective = Callable[..., Any]
COLLECTIVES: dict[str, Collective] = {}


@dataclasses.dataclass(frozen=True)
class Split:
    """One value per device, in the order of the mesh."""

    parts: tuple[Any, ...]


def collective(*names: str) -> Callable[[Collective], Collective]:
    """Registers `fn(devices, eqn, parts)`, one value per device in and out, as the meaning of primitives."""

    def register(fn: Collective) -> Collective:
        COLLECTIVES.update(dict.fromkeys(names, fn))
        return fn

    return register


class Devices(Walk):
    """A walk over the program that every device of a mesh runs.

    Attributes:
      sizes: the size of each axis of the mesh, in order.
      places: for each device its index along each axis.
    """

    def __init__(self, walk: Walk, sizes: Mapping[str, int]) -> None:
        """Goes on where `walk` stands, on every device of a mesh."""
        super().__init__(walk.domain)
        self.primitives = walk.primitives
        self.sizes = dict(sizes)
        indices = itertools.product(*(range(n) for n in self.sizes.values()))
        self.places = [dict(zip(self.sizes, index, strict=True)) for index in indices]

    def parts(self, value: Any) -> tuple[Any, ...]:
        """The value on each device."""
        return value.parts if isinstance(value, Split) else (value,) * len(self.places)

    def each(self, fn: Callable[..., Any], *values: Any) -> Any:
        """`fn` of the values on each device, or once where they are the same everywhere."""
        if not any(isinstance(v, Split) for v in values):
            return fn(*values)
        return merged([fn(*row) for row in zip(*map(self.parts, values), strict=True)])

    def step(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation on every device."""
        name = eqn.primitive.name
        if name in COLLECTIVES:
            return self._exchange(eqn, values)
        if _talks(eqn):
            if name == "cond" and isinstance(values[0], Split):
                raise self.stuck("devices take different branches around a collective")
            return super().step(eqn, values)
        if not any(isinstance(v, Split) for v in values):
            return super().step(eqn, values)
        step = super().step
        rows = [step(eqn, list(row)) for row in zip(*map(self.parts, values), strict=True)]
        return [merged(column) for column in zip(*rows, strict=True)]

    def _exchange(self, eqn: Any, values: list[Any]) -> list[Any]:
        self.eqn = eqn
        self.primitives[eqn.primitive.name] += 1
        rule = COLLECTIVES[eqn.primitive.name]
        if not values:
            return [merged(rule(self, eqn, None))]
        return [merged(rule(self, eqn, self.parts(v))) for v in values]

    def groups(self, axes: str | Sequence[str], subgroups: Any = None) -> list[list[int]]:
        """The devices that differ from each other in `axes` only, one list a group, in the axes' order."""
        axes = (axes,) if isinstance(axes, str) else tuple(axes)
        if any(axis not in self.sizes for axis in axes):
            raise self.stuck(f"the axes of the collective, {axes}, are not all in the mesh {self.sizes}")
        found: dict[tuple[int, ...], list[int]] = {}
        for n, place in enumerate(self.places):
            rest = tuple(i for axis, i in place.items() if axis not in axes)
            found.setdefault(rest, []).append(n)
        ordered = [sorted(g, key=lambda n: self.index(n, axes)) for g in found.values()]
        return ordered if subgroups is None else [[g[i] for i in sub] for g in ordered for sub in subgroups]

    def index(self, device: int, axes: Sequence[str]) -> int:
        """The place of a device along several axes taken together, the first axis slowest."""
        out = 0
        for axis in axes:
            out = out * self.sizes[axis] + self.places[device][axis]
        return out


def merged(parts: Sequence[Any]) -> Any:
    """One value where all devices have it, else a `Split`."""
    first = parts[0]
    if all(p is first for p in parts):
        return first
    if all(is_known(p) for p in parts) and all(np.array_equal(p, first, equal_nan=False) for p in parts):
        return first
    return Split(tuple(parts))


@functools.lru_cache(maxsize=4096)
def _talks(eqn: Any) -> bool:
    """Whether an equation holds a collective."""
    return eqn.primitive.name in COLLECTIVES or any(map(_talks_inside, eqn.params.values()))


def _talks_inside(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_talks_inside, value))
    jaxpr = getattr(value, "jaxpr", value)
    return any(map(_talks, jaxpr.eqns)) if hasattr(jaxpr, "eqns") else False
