"""Runs the claims of a selection: from the front in this process, from the back in others."""

import dataclasses
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

from jaxmath._cli.rows import Row, broken, checked
from jaxmath._cli.selection import Task

_MANY = 40

Started = Callable[[str], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Budget:
    """What every claim is checked with.

    Attributes:
      seed: the seed of the random points.
      failure: the probability of a false proof that is allowed for.
      mutants: whether mutants are checked as well.
    """

    seed: int = 0
    failure: float = 2.0**-60
    mutants: bool = False


def default_jobs(claims: int) -> int:
    """How many processes pay: a second one costs seconds to start and a gigabyte, a third one more."""
    return min(2, os.cpu_count() or 1) if claims >= _MANY else 1


def run(
    tasks: Sequence[Task], budget: Budget, jobs: int = 1, started: Started = lambda name: None
) -> Generator[tuple[int, Row]]:
    """Checks all claims and yields each with its task's place, task by task in order.

    This process works from the first task on and its rows come at once; further processes take
    whole tasks from the end, and their rows follow. What this process turns to is told to `started`.
    """
    ends = _Ends(len(tasks), multiprocessing.get_context("spawn").Lock() if jobs > 1 else threading.Lock())
    workers = [_Worker(tasks, budget, ends) for _ in range(min(jobs, len(tasks)) - 1)]
    received: dict[int, list[Row]] = {}
    try:
        done = 0
        while (place := ends.front()) is not None:
            for row in rows(tasks[place], budget, started):
                yield place, row
                _receive(workers, received, patience=0)
            done = place + 1
        for place in range(done, len(tasks)):
            started(tasks[place].component)
            while place not in received and any(worker.alive for worker in workers):
                _receive(workers, received)
            lost = broken(tasks[place], RuntimeError("the process that checked them died"))
            yield from ((place, row) for row in received.get(place, [lost]))
    finally:
        for worker in workers:
            worker.stop()


def rows(task: Task, budget: Budget, started: Started = lambda name: None) -> Iterator[Row]:
    """Checks the claims of one task, each followed by its mutants if these are asked for."""
    started(task.component)
    try:
        claims = task.claims()
    except Exception as error:  # one component that does not import must not silence the others
        yield broken(task, error)
        return
    for claim in claims:
        for each in (claim, *(claim.mutants if budget.mutants else ())):
            started(each.name)
            yield checked(task, each, budget.seed, budget.failure)


def _receive(
    workers: Sequence["_Worker"], received: dict[int, list[Row]], patience: float | None = None
) -> None:
    """Takes what the other processes have sent; without limit of patience it waits for something."""
    receivers = {worker.receiver: worker for worker in workers if worker.alive}
    for receiver in multiprocessing.connection.wait(list(receivers), patience):
        received |= receivers[receiver].received()  # type: ignore[index]


class _Ends:
    """The tasks that nobody has taken yet: all between two ends that move towards each other."""

    def __init__(self, count: int, lock: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.low, self.high, self.lock = context.RawValue("i", 0), context.RawValue("i", count), lock

    def front(self) -> int | None:
        with self.lock:
            if self.low.value == self.high.value:
                return None
            self.low.value += 1
            return self.low.value - 1

    def back(self) -> int | None:
        with self.lock:
            if self.low.value == self.high.value:
                return None
            self.high.value -= 1
            return self.high.value


class _Worker:
    """Another process that takes tasks from the back."""

    def __init__(self, tasks: Sequence[Task], budget: Budget, ends: _Ends) -> None:
        context = multiprocessing.get_context("spawn")
        self.receiver, sender = context.Pipe(duplex=False)
        arguments = (tuple(tasks), budget, ends, sender)
        self.process = context.Process(target=_work, args=arguments, daemon=True)
        self.process.start()
        sender.close()
        self.alive = True

    def received(self) -> dict[int, list[Row]]:
        try:
            place, found = self.receiver.recv()
            return {place: found}
        except EOFError:
            self.alive = False
            return {}

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()
        self.receiver.close()


def _work(tasks: Sequence[Task], budget: Budget, ends: _Ends, sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (place := ends.back()) is not None:
        sender.send((place, list(rows(tasks[place], budget))))
