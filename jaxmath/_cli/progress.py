"""The bar below the table."""

from collections.abc import Sequence
from types import TracebackType

from rich import progress
from rich.console import Console

from jaxmath._cli.rows import Row


class Progress:
    """Tells what is being checked and how much is done; it leaves nothing behind."""

    def __init__(self, console: Console, expected: Sequence[int]) -> None:
        """Takes the number of claims expected of each task, which is corrected as they are read."""
        self.expected, self.seen, self.last = list(expected), [0] * len(expected), 0
        self.bar = progress.Progress(
            progress.BarColumn(bar_width=20),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("", total=sum(expected) or None)

    def __enter__(self) -> "Progress":
        """Draws the bar."""
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the bar away."""
        self.bar.stop()

    def started(self, name: str) -> None:
        """Names what is being checked."""
        self.bar.update(self.task, description=name)

    def count(self, place: int, row: Row) -> None:
        """Counts a row of a task; tasks before it are done."""
        self.seen[place] += 0 if row.mutant_of else 1
        self.expected[self.last : place] = self.seen[self.last : place]
        self.last = place
        total = sum(map(max, self.expected, self.seen))
        self.bar.update(self.task, completed=sum(self.seen), total=total)
