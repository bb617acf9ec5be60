"""Names of tensors: ours, and those of a checkpoint."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np
from flax import nnx

from jaxmath.modules import Linear


@dataclasses.dataclass(frozen=True)
class Fused:
    """Several maps in one tensor.

    Attributes:
      parts: their names here.
      groups: along the axis of outputs come as many groups, each with a share of every part.
    """

    parts: tuple[str, ...]
    groups: int = 1


@dataclasses.dataclass(frozen=True)
class Keys:
    """The names of a family.

    Attributes:
      names: from names here, of a module or a parameter, to names there; `*` stands for the number of a
        layer, `#` for that of a tensor out of many that are one stack here.
      fused: from names there to the parts.
      transposed: whether linear maps are stored as `[out, in]`.
      inner: the name of the model inside the one with a head, left out in checkpoints without a head.
      ignored: what may be there and is not read: buffers, and heads that have nothing to do with it.
      old: names that are spelled otherwise in older checkpoints, as pairs for `re.sub`.
      rows: names of vectors that are stored as matrices of one row.
    """

    names: Mapping[str, str]
    fused: Mapping[str, Fused] = dataclasses.field(default_factory=dict)
    transposed: bool = True
    inner: str = ""
    ignored: tuple[str, ...] = ()
    old: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Entry:
    """One tensor here, or the parts of one; and one tensor there, or the slices of one.

    Attributes:
      ours: names here.
      theirs: names there.
      shapes: of ours.
      linear: whether the last two axes change places.
      groups: as in `Fused`.
      row: whether a vector is stored as a matrix of one row.
    """

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    linear: bool
    groups: int = 1
    row: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """That of each tensor there."""
        shape = (*self.shapes[0][:-1], sum(x[-1] for x in self.shapes))
        shape = shape[1:] if len(self.theirs) > 1 else (1, *shape) if self.row else shape
        return (*shape[:-2], shape[-1], shape[-2]) if self.linear and len(shape) > 1 else shape

    def read(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Ours from theirs."""
        arrays = [x.swapaxes(-1, -2) if self.linear and x.ndim > 1 else x for x in arrays]
        whole = np.stack(arrays) if len(self.theirs) > 1 else arrays[0]
        if len(self.ours) == 1:
            return [whole.reshape(self.shapes[0])]
        grouped = whole.reshape(*whole.shape[:-1], self.groups, -1)
        ends = np.cumsum([x[-1] // self.groups for x in self.shapes])[:-1]
        parts = np.split(grouped, ends, axis=-1)
        return [x.reshape(shape) for x, shape in zip(parts, self.shapes, strict=True)]

    def write(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Theirs from ours."""
        if len(arrays) > 1:
            split = [x.reshape(*x.shape[:-1], self.groups, -1) for x in arrays]
            arrays = [np.concatenate(split, -1).reshape(*arrays[0].shape[:-1], -1)]
        whole = arrays[0][None] if self.row else arrays[0]
        parts = list(whole) if len(self.theirs) > 1 else [whole]
        return [x.swapaxes(-1, -2) if self.linear and x.ndim > 1 else x for x in parts]


def parameters(model: Any) -> dict[str, Any]:
    """Every parameter by name."""
    leaves = jax.tree_util.tree_flatten_with_path(model)[0]
    return {".".join(map(_word, path[:-1])): leaf for path, leaf in leaves}


def _word(key: Any) -> str:
    return str(getattr(key, "name", getattr(key, "key", getattr(key, "idx", key))))


def plan(model: Any, keys: Keys, bare: bool) -> Iterator[Entry]:
    """Which tensor goes where.

    Args:
      model: the module, whose parameters may be shapes.
      keys: the names of its family.
      bare: whether the checkpoint has no head.
    """
    shapes = {x: tuple(y.shape) for x, y in parameters(model).items()}
    linear = {".".join(map(str, path)) for path, x in nnx.iter_modules(model) if isinstance(x, Linear)}
    parts = {x: (theirs, y) for theirs, y in keys.fused.items() for x in y.parts}
    done: set[str] = set()
    for ours in shapes:
        if ours in done:
            continue
        general, layer = _general(ours)
        module, _, leaf = general.rpartition(".")
        if module in parts:
            theirs, fused = parts[module]
            names = tuple(_specific(f"{x}.{leaf}", layer) for x in fused.parts)
            theirs = f"{theirs}.{leaf}"
        elif general in parts:
            theirs, fused = parts[general]
            names = tuple(_specific(x, layer) for x in fused.parts)
        else:
            names, fused, theirs = (ours,), Fused(()), _name(keys, general)
        done.update(names)
        theirs = _specific(theirs, layer)
        if bare and keys.inner:
            theirs = theirs.removeprefix(keys.inner + ".")
        count = shapes[names[0]][0] if "#" in theirs else 1
        many = tuple(theirs.replace("#", str(i)) for i in range(count))
        is_linear = keys.transposed and leaf == "weight" and ours.rpartition(".")[0] in linear
        is_linear = is_linear or ("#" in theirs and len(shapes[names[0]]) == 3)
        yield Entry(
            names, many, tuple(shapes[x] for x in names), is_linear, fused.groups, theirs in keys.rows
        )


def _general(name: str) -> tuple[str, str]:
    found = re.search(r"\.layers\.(\d+)\.", name)
    return (name, "") if found is None else (name.replace(found[0], ".layers.*.", 1), found[1])


def _specific(name: str, layer: str) -> str:
    return name.replace("*", layer)


def _name(keys: Keys, general: str) -> str:
    if general in keys.names:
        return keys.names[general]
    module, _, leaf = general.rpartition(".")
    return f"{keys.names[module]}.{leaf}"
