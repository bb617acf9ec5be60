"""What `jaxmath verify` and `jaxmath list` do."""

import argparse
import time
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from jaxmath._cli import report
from jaxmath._cli.layout import broken_text
from jaxmath._cli.progress import Progress
from jaxmath._cli.rows import Row, broken, row_of
from jaxmath._cli.run import Budget, default_jobs, run
from jaxmath._cli.screen import Screen, title_of
from jaxmath._cli.selection import Task, select
from jaxmath._cli.tally import footer, numbers
from jaxmath._cli.versions import versions
from jaxmath.verify.verdict import Certificate, power_of_two

HELD, FAILED, INTERRUPTED = 0, 1, 130


def verify(options: argparse.Namespace) -> int:
    """Checks the claims that were asked for, prints the table, and says whether all held."""
    console = _console(options)
    tasks = select(options.what)
    budget = Budget(seed=options.seed, failure=options.failure, mutants=options.mutants)
    _greet(console, budget)
    start, rows, interrupted = time.perf_counter(), [], False
    screen = Screen(console, verbose=options.verbose)
    expected = [task.expected() for task in tasks]
    bar = Progress(console, expected)
    found = run(tasks, budget, options.jobs or default_jobs(sum(expected)), bar.started)
    try:
        with bar:
            for place, row in found:
                rows.append(row)
                bar.count(place, row)
                if not (options.only_failed and row.held):
                    screen.add(row)
                if options.exitfirst and not row.held:
                    break
    except KeyboardInterrupt:
        interrupted = True
    finally:
        found.close()
    screen.end(footer(rows, time.perf_counter() - start, interrupted))
    if options.json:
        report.write(report.verified(rows, complete=not interrupted), options.json)
    if interrupted:
        return INTERRUPTED
    return HELD if rows and all(row.held for row in rows) else FAILED


def list_claims(options: argparse.Namespace) -> int:
    """Shows the claims that were asked for, with their statements and sources."""
    console = _console(options)
    rows = [row for task in select(options.what) for row in _unchecked(task)]
    if options.json:
        report.write(report.listed(rows), options.json)
    if str(options.json) != "-":
        _show(console, rows)
    return HELD if all(row.kind != "import" for row in rows) else FAILED


def _console(options: argparse.Namespace) -> Console:
    return Console(stderr=str(options.json) == "-", highlight=False)


def _greet(console: Console, budget: Budget) -> None:
    known = versions()
    told = ", ".join(f"{name} {known[name]}" for name in ("jaxmath", "jax"))
    console.print(Text(f"{told}; seed {budget.seed}, failure {power_of_two(budget.failure)}"), soft_wrap=True)


def _unchecked(task: Task) -> list[Row]:
    try:
        claims = task.claims()
    except Exception as error:  # one component that does not import must not hide the others
        return [broken(task, error)]
    nothing = Certificate(kind="", verdict="unknown", reason="not checked")
    return [row_of(task, claim, nothing) for claim in claims]


def _show(console: Console, rows: Sequence[Row]) -> None:
    chapter, component = None, None
    for row in rows:
        if row.chapter != chapter:
            console.print(Text(f"\n{title_of(row.chapter)}", style="bold underline"))
        if (row.chapter, row.component) != (chapter, component):
            console.print(Text(row.component, style="bold"))
        chapter, component = row.chapter, row.component
        kind = f"trap ({row.kind}), quoted in" if row.trap else f"{row.kind};"
        told = f"{kind} {row.source}" + (f"; {row.at}" if row.at else "")
        text = row.statement or row.certificate.reason
        for line, style in ((f"  {row.name}", "cyan"), (f"    {text}", ""), (f"    {told}", "dim")):
            parts = broken_text(line, console.width) if console.is_terminal else [line]
            for part in parts:
                console.print(Text(part, style=style), soft_wrap=True)
    console.print(Text(f"\n{numbers(rows)}"))


COMMANDS = {"verify": verify, "list": list_claims}
