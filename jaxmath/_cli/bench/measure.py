"""Measures cells: every library in a process of its own, all of them taking turns."""

import dataclasses
import functools
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from jaxmath._cli.bench.plan import Cell
from jaxmath._cli.bench.predict import Predictor
from jaxmath._cli.bench.protocol import Bench, Peer
from jaxmath._cli.bench.record import Record
from jaxmath._cli.bench.session import FailedError, Session

# An idle process on an accelerator keeps what it ever held; beyond so many MiB it is ended.
MOST_KEPT = 4096.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How long and how often.

    Attributes:
      repeats: samples of every peer in a cell.
      least: samples where one takes long.
      limit: seconds that a call, or its preparation, may take.
      burst: seconds that a sample lasts at least; shorter calls are made several times.
      patience: seconds of sampling a cell after which `least` samples are enough.
      torch: the interpreter that torch runs in.
    """

    repeats: int = 7
    least: int = 3
    limit: float = 60.0
    burst: float = 0.02
    patience: float = 60.0
    torch: str = sys.executable


class Runs:
    """The runs of a benchmark, cell by cell.

    Attributes:
      bench: what is measured.
      record: where it is kept.
      settings: how long and how often.
    """

    def __init__(self, bench: Bench, record: Record, settings: Settings, facts: dict[str, Any]) -> None:
        """Takes what a worker told of the device."""
        self.bench, self.record, self.settings = bench, record, settings
        self.platform, self.on_host = facts["platform"], facts["platform"] == "cpu"
        self.predictor = Predictor(bench, record, settings.limit, facts.get("memory_mib"))
        self.sessions: dict[str, Session] = {}

    def missing(self, cell: Cell, peers: Sequence[Peer]) -> list[Peer]:
        """The peers that a cell still lacks."""
        return [
            p
            for p in peers
            if cell.mode in p.modes
            and (not cell.peers or p.name in cell.peers)
            and not self.record.knows(cell, p.name)
        ]

    def cell(self, cell: Cell, peers: Sequence[Peer], turned: Callable[[str], None]) -> None:
        """Measures one cell by all peers that lack it; a peer that fails becomes a reason."""
        able = list(self._able(cell, self.missing(cell, peers)))
        for peer in able:
            if peer.name not in self.sessions:
                self.sessions[peer.name] = self._session(peer)
        turned("preparing")
        ready = self._prepared(cell, [peer.name for peer in able])
        self._sample(cell, ready, turned)
        for name, session in list(self.sessions.items()):
            if self.on_host or not session.alive or ready.get(name, {}).get("xla_temp_mib", 0.0) > MOST_KEPT:
                self._drop(name)

    def _prepared(self, cell: Cell, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What every process tells of its preparation; on a host one by one, undisturbed."""
        task = dict(setting=cell.setting, mode=cell.mode)
        found: dict[str, dict[str, Any]] = {}

        def tell(name: str) -> None:
            self.sessions[name].tell("prepare", **task)

        able = [name for name in names if self._is_here(cell, name)]
        if not self.on_host:
            for name in able:
                tell(name)
        for name in able:
            if self.on_host:
                tell(name)
            told = self._asked(cell, name, functools.partial(self.sessions[name].answer, self.settings.limit))
            if told is not None:
                found[name] = told
        return found

    def _is_here(self, cell: Cell, name: str) -> bool:
        """Whether a library has loaded, and computes on the device that all are measured on."""
        facts = self._asked(cell, name, self.sessions[name].ready)
        if facts is None or facts["platform"] == self.platform:
            return facts is not None
        self._failed(cell, name, f"it computes on {facts['platform']} here, JAX on {self.platform}")
        return False

    def _asked(self, cell: Cell, name: str, question: Callable[[], Any]) -> Any:
        """An answer; None if there is none, and the reason is kept."""
        try:
            return question()
        except FailedError as failure:
            self._failed(cell, name, str(failure))
            return None

    def close(self) -> None:
        """Ends all processes."""
        for session in self.sessions.values():
            session.close()
        self.sessions.clear()

    def _able(self, cell: Cell, peers: Sequence[Peer]) -> Iterator[Peer]:
        for peer in peers:
            why = self.predictor.objection(cell, peer.name)
            if why:
                self.record.leave_out(cell, peer.name, why, settled=False)
                self._drop(peer.name)
            else:
                yield peer

    def _session(self, peer: Peer) -> Session:
        python = self.settings.torch if peer.side == "torch_side" else sys.executable
        return Session(python, peer.side, (self.bench.problems[peer.side], peer.where))

    def _drop(self, name: str) -> None:
        if name in self.sessions:
            self.sessions.pop(name).close()

    def _failed(self, cell: Cell, name: str, why: str) -> None:
        """A failed process is given back, with the memory that it may still hold."""
        self.record.leave_out(cell, name, why, settled=True)
        self._drop(name)

    def _sample(self, cell: Cell, ready: dict[str, dict[str, Any]], turned: Callable[[str], None]) -> None:
        """Rounds in which every peer is sampled once, in an order drawn anew for each."""
        samples: dict[str, list[float]] = {name: [] for name in ready}
        draw, start = random.Random(cell.key), time.perf_counter()
        limit = 10 * self.settings.limit
        calls: dict[str, int] = {}
        # The first is no sample: the others may have been at work while a call was timed in the preparation.
        for name in list(ready):
            once = self._asked(cell, name, functools.partial(self.sessions[name].ask, "run", limit, calls=1))
            if once is None:
                del ready[name]
            else:
                calls[name] = max(1, round(self.settings.burst / once))
        for done in range(self.settings.repeats):
            late = time.perf_counter() - start > self.settings.patience
            if late and done >= self.settings.least:
                break
            for name in draw.sample(sorted(ready), len(ready)):
                turned(f"{name}: round {done + 1} of {self.settings.repeats}")
                ask = functools.partial(self.sessions[name].ask, "run", limit, calls=calls[name])
                taken = self._asked(cell, name, ask)
                if taken is None:
                    del ready[name]
                else:
                    samples[name].append(taken)
        for name, told in ready.items():
            found = dict(seconds=samples[name], calls=calls[name], beside=sorted(set(ready) - {name}))
            version = self.record.head["peers"][name]
            self.record.measured(
                cell, name, version=version, **found, **told, load=round(os.getloadavg()[0], 2)
            )


def ceilings(dtypes: Sequence[str], settings: Settings, torch: bool) -> dict[str, dict[str, float]]:
    """What the machine does at most, by each library that can tell."""
    found: dict[str, dict[str, float]] = {}
    sides = [("jax", "jax_side", sys.executable)] + [("torch", "torch_side", settings.torch)] * torch
    for name, side, python in sides:
        session = Session(python, side)
        try:
            found[name] = session.ask("ceilings", 120.0, dtypes=list(dtypes))
        except FailedError as failure:
            found[name] = {"failed": str(failure)}  # type: ignore[dict-item]
        finally:
            session.close()
    return found


def best(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The highest of the ceilings that were measured."""
    names = {name for rates in found.values() for name in rates if name != "failed"}
    return {name: max(rates.get(name, 0.0) for rates in found.values()) for name in sorted(names)}
