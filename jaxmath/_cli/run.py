"""Runs the claims of a selection: from the front in this process, from the back in others."""

import dataclasses
import multiprocessing
import multiprocessing.connection
import signal
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import Connection

from jaxmath._cli.rows import Row, broken, checked
from jaxmath._cli.selection import Task


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


def run(tasks: Sequence[Task], budget: Budget, jobs: int = 1) -> Generator[tuple[int, Row]]:
    """Checks all claims and yields each with its task's place, task by task in order.

    This process works from the first task on and its rows come at once; further processes take
    whole tasks from the end, and their rows follow.
    """
    if jobs < 2 or len(tasks) < 2:
        yield from ((place, row) for place, task in enumerate(tasks) for row in rows(task, budget))
        return
    ends = _Ends(len(tasks))
    workers = [_Worker(tasks, budget, ends) for _ in range(min(jobs, len(tasks)) - 1)]
    try:
        done = 0
        while (place := ends.front()) is not None:
            yield from ((place, row) for row in rows(tasks[place], budget))
            done = place + 1
        yield from _rest(tasks, workers, done)
    finally:
        for worker in workers:
            worker.stop()


def rows(task: Task, budget: Budget) -> Iterator[Row]:
    """Checks the claims of one task, each followed by its mutants if these are asked for."""
    try:
        claims = task.claims()
    except Exception as error:  # one component that does not import must not silence the others
        yield broken(task, error)
        return
    for claim in claims:
        for each in (claim, *(claim.mutants if budget.mutants else ())):
            yield checked(task, each, budget.seed, budget.failure)


def _rest(tasks: Sequence[Task], workers: Sequence["_Worker"], done: int) -> Iterator[tuple[int, Row]]:
    received: dict[int, list[Row]] = {}
    for place in range(done, len(tasks)):
        while place not in received and any(worker.alive for worker in workers):
            open_ends = [worker.receiver for worker in workers if worker.alive]
            ready = multiprocessing.connection.wait(open_ends)
            for worker in workers:
                if worker.receiver in ready:
                    received |= worker.received()
        found = received.get(place)
        if found is None:
            found = [broken(tasks[place], RuntimeError("the process that checked them died"))]
        yield from ((place, row) for row in found)


class _Ends:
    """The tasks that nobody has taken yet: all between two ends that move towards each other."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.low, self.high = context.RawValue("i", 0), context.RawValue("i", count)
        self.lock = context.Lock()

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
