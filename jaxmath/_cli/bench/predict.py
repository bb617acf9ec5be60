"""What a cell will need, by smaller ones: so that no run takes hours, or the machine's memory."""

import math
from collections.abc import Mapping
from typing import Any

from jaxmath._cli.bench import plan
from jaxmath._cli.bench.protocol import Bench
from jaxmath._cli.bench.record import Record

SHARE = 0.7  # of the memory that is free
GROWTH = 4.0  # memory of a size twice as large, where one size is known only


class Predictor:
    """Looks at the smaller cells of a series.

    Attributes:
      bench: what is measured.
      record: what has been measured.
      limit: seconds that a call may take.
      capacity: memory of the accelerator in MiB; of a host, what is free is asked for each time.
    """

    def __init__(self, bench: Bench, record: Record, limit: float, capacity: float | None = None) -> None:
        self.bench, self.record, self.limit, self.capacity = bench, record, limit, capacity

    def objection(self, cell: plan.Cell, peer: str) -> str:
        """Why a cell is not measured by a peer, as far as smaller ones tell; empty without a reason."""
        earlier = self._smaller(cell, peer, self.record.left_out)
        for entry in earlier:
            if not entry["settled"] or _is_of_size(entry["why"]) or len(earlier) > 1:
                return _again(entry, cell.axis)
        seconds = self.seconds(cell, peer)
        if seconds > self.limit:
            return f"not run: about {seconds:.0f} s a call expected, the limit is {self.limit:.0f} s"
        need, free = self._memory(cell, peer), self.capacity or available()
        if free and need > SHARE * free:
            return f"not run: about {need / 1024:.1f} GiB expected, {free / 1024:.1f} GiB are free"
        return ""

    def seconds(self, cell: plan.Cell, peer: str) -> float:
        """Seconds of a call, 0 if nothing is known."""
        runs = self._smaller(cell, peer, self.record.runs)
        if not runs:
            return 0.0
        ratio = self._work(cell.setting, cell.mode) / self._work(runs[-1]["setting"], cell.mode)
        return float(runs[-1]["warm"]) * ratio

    def _work(self, setting: dict[str, Any], mode: str) -> float:
        return self.bench.work(setting, mode).flops

    def _memory(self, cell: plan.Cell, peer: str) -> float:
        runs = [run for run in self._smaller(cell, peer, self.record.runs) if grown(run)]
        if not runs:
            return 0.0
        last, power = runs[-1], math.log2(GROWTH)
        if len(runs) > 1:
            steps = math.log2(size(last, cell.axis) / size(runs[-2], cell.axis))
            power = max(0.0, math.log2(self._single(last) / self._single(runs[-2])) / steps)
        ratio = size(vars(cell), cell.axis) / size(last, cell.axis)
        return self._single(last) * self.bench.each(cell.setting) * ratio**power

    def _single(self, run: dict[str, Any]) -> float:
        """Memory of a run, or of one sequence where sizes vary together."""
        return grown(run) / self.bench.each(run["setting"])

    def _smaller(self, cell: plan.Cell, peer: str, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Entries of the peer in the series at smaller sizes, the largest last."""
        found = [
            entry
            for entry in entries
            if entry["peer"] == peer
            and entry["mode"] == cell.mode
            and plan.Cell(entry["setting"], entry["mode"], cell.axis).series == cell.series
            and size(entry, cell.axis) < size(vars(cell), cell.axis)
        ]
        return sorted(found, key=lambda entry: size(entry, cell.axis))


def size(entry: Any, axis: str) -> int:
    """The size along an axis; of heads, that of the queries."""
    return int(str(entry["setting"][axis]).partition(":")[0])


def grown(run: Mapping[str, Any]) -> float:
    """Memory that a run needed above its inputs, in MiB.

    On a host that is the growth of resident memory, but no less than XLA plans: pages that were kept from an
    earlier call do not show. On an accelerator XLA allocates what it plans, and torch tells its peak.
    """
    planned = float(run.get("xla_temp_mib", 0.0) + run.get("xla_output_mib", 0.0))
    if "resident_mib" in run:
        return max(float(run["resident_mib"]), planned)
    return planned or float(run.get("device_mib", 0.0))


def available() -> float:
    """Free memory of the host in MiB, 0 if it cannot be told."""
    try:
        with open("/proc/meminfo") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return 0.0


def _is_of_size(why: str) -> bool:
    """Whether larger sizes fail as well."""
    return any(sign in why for sign in ("longer than", "killed", "RESOURCE_EXHAUSTED", "memory", "Memory"))


def _again(entry: dict[str, Any], axis: str) -> str:
    why = entry["why"]
    return why if why.startswith("not run") else f"not run: at {axis} {entry['setting'][axis]}, {why}"
