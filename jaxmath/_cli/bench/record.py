"""The record of a benchmark: JSON that grows run by run, so that an interrupt loses nothing."""

import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

from jaxmath._cli.bench import plan
from jaxmath._cli.errors import UnusableError
from jaxmath._cli.versions import versions
from jaxmath._cli.writing import write

SCHEMA = 1


class Record:
    """What was measured, and what was not and why.

    Attributes:
      path: where it is kept.
      head: benchmark, device, versions, settings, ceilings.
      runs: one for each peer and cell.
      left_out: reasons by peer and cell.
    """

    def __init__(self, path: Path, head: dict[str, Any]) -> None:
        self.path, self.head = path, {"schema": SCHEMA, **head}
        self.runs: list[dict[str, Any]] = []
        self.left_out: list[dict[str, Any]] = []
        self.complete = False

    def resume(self) -> None:
        """Takes over what an earlier run of the same benchmark on the same device kept.

        Raises:
          UnusableError: if the file is another benchmark's, or another device's or version's.
        """
        if not self.path.exists():
            return
        earlier = read(self.path)
        for key in ("benchmark", "device", "versions"):
            old, new = earlier.get(key), self.head.get(key)
            if old != new:
                raise UnusableError(
                    f"jaxmath bench: {self.path} cannot be resumed: its {key} is another.\n"
                    f"  there  {_differing(old, new)}\n  here   {_differing(new, old)}\n"
                    "  Leave out --resume to begin anew, or name another file with --out."
                )
        self.runs, self.head["ceilings"] = earlier["runs"], earlier["ceilings"]
        self.left_out = [entry for entry in earlier["left_out"] if entry["settled"]]

    def knows(self, cell: plan.Cell, peer: str) -> bool:
        """Whether a peer has been measured, or has failed, in a cell."""
        return any(
            plan.key(run["setting"], run["mode"]) == cell.key and run["peer"] == peer
            for run in (*self.runs, *self.left_out)
        )

    def measured(self, cell: plan.Cell, peer: str, **found: Any) -> None:
        """Keeps a run."""
        self.runs.append(dict(setting=cell.setting, mode=cell.mode, axis=cell.axis, peer=peer, **found))

    def leave_out(self, cell: plan.Cell, peer: str, why: str, settled: bool) -> None:
        """Keeps a reason; it is settled if trying again would not change it."""
        self.left_out.append(
            dict(setting=cell.setting, mode=cell.mode, axis=cell.axis, peer=peer, why=why, settled=settled)
        )

    def document(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {**self.head, "complete": self.complete, "runs": self.runs, "left_out": self.left_out}

    def save(self) -> None:
        """Writes the file in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write(self.document(), self.path)


def read(path: Path) -> dict[str, Any]:
    """A record from its file.

    Raises:
      UnusableError: if it is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableError(f"jaxmath bench: {path} cannot be read.\n  {error}") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or "runs" not in found:
        raise UnusableError(
            f"jaxmath bench: {path} is no record of `jaxmath bench`.\n"
            f"  It has to be JSON of schema {SCHEMA}, as --out writes it."
        )
    return found


def device(facts: dict[str, Any]) -> dict[str, Any]:
    """The machine: what JAX computes on, and the host."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return dict(
        platform=facts["platform"],
        kind=facts["kind"] if facts["platform"] != "cpu" else processor(),
        count=facts["count"],
        system=platform.system(),
        machine=platform.machine(),
        cores=os.cpu_count(),
        memory_gib=round(pages / 2**30, 1),
    )


def processor() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def all_versions(peers: dict[str, str]) -> dict[str, str]:
    """Versions of this library and of every peer."""
    found = {**versions(), **peers}
    for name in ("scipy",):
        found[name] = importlib.metadata.version(name)
    return found


def _differing(one: Any, other: Any) -> str:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return str(one)
    return ", ".join(f"{key} {value}" for key, value in one.items() if other.get(key) != value) or "(nothing)"
