"""From options to cells: one setting in one mode, which all peers measure side by side."""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jaxmath._cli.bench.protocol import Bench, Setting, Sweep
from jaxmath._cli.errors import UnusableError


@dataclasses.dataclass(frozen=True)
class Cell:
    """What is measured side by side.

    Attributes:
      setting: the value of every axis.
      mode: forward, gradient, jvp or hvp.
      axis: the axis that varies in its sweep.
      peers: who measures it unless told; all if empty.
    """

    setting: Setting
    mode: str
    axis: str
    peers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same for the same measurement."""
        return key(self.setting, self.mode)

    @property
    def series(self) -> str:
        """The same for cells that differ along their axis only."""
        fixed = {name: value for name, value in self.setting.items() if name != self.axis}
        if "tokens" in fixed:
            fixed.pop("batch", None)
        return key(fixed, self.mode)


def key(setting: Mapping[str, Any], mode: str) -> str:
    """A setting and a mode as one string."""
    return json.dumps([mode, dict(sorted(setting.items()))])


def cells(bench: Bench, preset: str, chosen: Mapping[str, Sequence[Any]]) -> list[Cell]:
    """The cells of a preset, each once, series by series and small sizes first.

    Args:
      bench: what is measured.
      preset: a name of its sweeps.
      chosen: values that take the place of those in the sweeps; also `modes` and `sweeps`, which select.
    """
    sweeps = _chosen(bench, preset, chosen.get("sweeps", ()))
    found: dict[str, Cell] = {}
    for sweep in sweeps:
        grid = {**sweep.grid, **{axis: values for axis, values in chosen.items() if axis in sweep.grid}}
        for mode in chosen.get("modes") or sweep.modes:
            for setting in _product(grid, sweep.axis):
                cell = Cell(
                    bench.settled(setting), mode, sweep.axis, () if chosen.get("peers") else sweep.peers
                )
                found.setdefault(cell.key, cell)
    return list(found.values())


def _chosen(bench: Bench, preset: str, names: Sequence[str]) -> Iterable[Sweep]:
    if preset not in bench.sweeps:
        raise UnusableError(
            f"jaxmath bench: {bench.name} has no preset {preset!r}.\n  It has: {', '.join(bench.sweeps)}."
        )
    known = {sweep.name: sweep for sweep in bench.sweeps[preset]}
    for name in names:
        if name not in known:
            raise UnusableError(
                f"jaxmath bench: preset {preset!r} of {bench.name} has no sweep {name!r}.\n"
                f"  It has: {', '.join(known)}."
            )
    return [known[name] for name in names] if names else bench.sweeps[preset]


def _product(grid: Mapping[str, Sequence[Any]], last: str) -> Iterable[Setting]:
    """All combinations; the axis varies fastest."""
    axes = [axis for axis in grid if axis != last] + [last]
    for values in itertools.product(*(grid[axis] for axis in axes)):
        setting = dict(zip(axes, values, strict=True))
        yield {axis: setting[axis] for axis in grid}
