"""What is being measured, and how long it will take."""

import time
from collections.abc import Sequence

from rich import progress
from rich.console import Console
from rich.text import Text

from jaxmath._cli.bench import summary
from jaxmath._cli.bench.measure import Runs
from jaxmath._cli.bench.plan import Cell
from jaxmath._cli.bench.protocol import Peer

STARTING = 4.0  # seconds to load a library and compile, until they are known
RATE = 2e10  # FLOP/s, until one is known


class Progress:
    """A bar of expected seconds that leaves nothing behind; where no terminal is, a line for each cell."""

    def __init__(self, console: Console, runs: Runs, cells: Sequence[Cell], peers: Sequence[Peer]) -> None:
        self.console, self.runs, self.peers, self.left = console, runs, peers, list(cells)
        self.begun, self.done, self.factor = time.perf_counter(), 0.0, 1.0
        self.bar = progress.Progress(
            progress.BarColumn(bar_width=20),
            progress.TextColumn("{task.percentage:>3.0f}%"),
            progress.TextColumn("{task.fields[left]:>18}"),
            progress.TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("", total=None, left="")

    def turn(self, cell: Cell) -> None:
        """Turns to a cell."""
        expected = sum(map(self._seconds, self.left))
        spent = time.perf_counter() - self.begun
        # What was expected of the cells that are done, against what they took.
        self.factor = spent / self.done if self.done > 30 else 1.0
        left = expected * min(4.0, max(0.25, self.factor))
        self.bar.update(self.task, total=spent + left, completed=spent, left=f"{words(left)} left")
        if not self.console.is_terminal:
            told = summary.described(self.runs.bench, cell.setting, "")
            self.console.print(Text(f"{cell.mode}, {told}; {words(left)} left"), soft_wrap=True)
        self.done += self._seconds(cell)
        self.left.remove(cell)
        self.cell = cell
        self.say("")

    def say(self, doing: str) -> None:
        """Names what is being done in the cell."""
        told = f"{self.cell.mode}, {self.cell.axis} {self.cell.setting[self.cell.axis]}"
        self.bar.update(self.task, description=f"{told}  {doing}")

    def _seconds(self, cell: Cell) -> float:
        """Seconds that a cell is expected to take."""
        total = 0.0
        for peer in self.runs.missing(cell, self.peers):
            call = self.runs.predictor.seconds(cell, peer.name)
            call = call or self.runs.bench.work(cell.setting, cell.mode).flops / RATE
            if call > self.runs.settings.limit:
                continue
            samples = self.runs.settings.repeats * max(call, self.runs.settings.burst)
            total += STARTING + 2 * call + samples
        return total


def words(seconds: float) -> str:
    """A time in words: `about 3 min`, of which no more is known than a digit."""
    if seconds < 90:
        return f"about {max(10, round(seconds, -1)):.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
