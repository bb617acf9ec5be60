"""The table, as it grows on a terminal or in a file."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from jaxmath._cli.layout import (
    BOUND,
    ESTIMATE,
    GAP,
    SECONDS,
    VERDICT,
    Layout,
    broken_name,
    broken_text,
    layout,
)
from jaxmath._cli.rows import Row
from jaxmath.claims import Chapter
from jaxmath.verify.verdict import Certificate, power_of_two

STYLES = {
    "proved": "green",
    "certified": "green",
    "measured": "cyan",
    "refuted": "bold red",
    "unknown": "bold yellow",
}


class Screen:
    """Prints rows as they come: aligned under headings on a terminal, one line each elsewhere."""

    def __init__(self, console: Console, verbose: bool = False) -> None:
        """Takes a console; its width is asked for at every row, since windows are resized."""
        self.console, self.verbose = console, verbose
        self.chapter: Chapter | None = None
        self.component = ""

    def add(self, row: Row) -> None:
        """Prints one row, and all that there is to say if it is not as it should be."""
        if self.console.is_terminal:
            self._headings(row)
        self._print(self._lines(row))
        if not row.held:
            self._explain(_explanation(row))
        if self.verbose:
            self._explain("\n".join(_basis(row.certificate)), "dim")

    def _headings(self, row: Row) -> None:
        if row.chapter != self.chapter:
            title = f"{row.chapter.number} {row.chapter.title}" if row.chapter.number else row.chapter.title
            self._print([Text()])
            self._print([_heading(title, layout(self.console.width))])
        if (row.chapter, row.component) != (self.chapter, self.component):
            self._print([Text(row.component, style="bold")])
        self.chapter, self.component = row.chapter, row.component

    def _lines(self, row: Row) -> list[Text]:
        if self.console.is_terminal:
            return table_lines(row, layout(self.console.width))
        return [plain_line(row)]

    def _explain(self, reason: str, style: str = "") -> None:
        width = max(20, self.console.width - 4)
        for line in reason.splitlines():
            parts = broken_hanging(line, width) if self.console.is_terminal else [line]
            self._print([Text("    " + part, style=style) for part in parts])

    def _print(self, lines: Sequence[Text]) -> None:
        for line in lines:
            line.rstrip()
            self.console.print(line, soft_wrap=True)


def broken_hanging(line: str, width: int) -> list[str]:
    """A line of a message in lines of a width; what is carried over keeps the indentation."""
    indent = len(line) - len(line.lstrip())
    if len(line) <= width or indent > width // 2:
        return [line]
    return [" " * indent + part for part in broken_text(line.strip(), width - indent)]


def table_lines(row: Row, columns: Layout) -> list[Text]:
    """A row as aligned lines."""
    names = broken_name(_label(row), columns.name)
    evidence = _evidence(row, columns)
    seconds = f"{row.seconds:.2f} s"
    if columns.stacked:
        told = [*evidence, Text(seconds)] if any(evidence) else [Text(seconds)]
        inner = [*(Text(name) for name in names), *(Text.assemble(("  "), part) for part in told)]
        return [Text.assemble(head, "  ", line) for head, line in _beside(_verdict(row), inner)]
    pairs = zip_longest(names, evidence, fillvalue=None)
    lines = []
    for place, (name, part) in enumerate(pairs):
        head = _verdict(row) if place == 0 else Text(" " * VERDICT)
        middle = part or Text()
        middle.pad_right(columns.evidence - len(middle))
        tail = f"{seconds:>{SECONDS}}" if place == 0 else ""
        lines.append(
            Text.assemble("  ", head, "  ", f"{name or '':<{columns.name}}", "  ", middle, "  ", tail)
        )
    return lines


def plain_line(row: Row) -> Text:
    """A row as one line, for files and pipes."""
    certificate = row.certificate
    told = [f"({row.at})" if row.at else "", certificate.detail, *_failure(certificate)]
    words = [f"{certificate.verdict:<{VERDICT}}", f"{row.component}.{_label(row)}", *filter(None, told)]
    return Text("  ".join([*words, f"{row.seconds:.2f} s"]))


def progress(console: Console) -> Progress:
    """The bar below the table; it leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def footer(rows: Sequence[Row], seconds: float, interrupted: bool = False) -> list[str]:
    """The notes below the table and, last, the count."""
    return [*_notes(rows), count(rows, seconds, interrupted)]


def count(rows: Sequence[Row], seconds: float, interrupted: bool = False) -> str:
    """All verdicts counted, in one line."""
    claims = [row for row in rows if not row.mutant_of]
    mutants = [row for row in rows if row.mutant_of]
    parts = [_tally("claim", claims)] + ([_tally("mutant", mutants)] if mutants else [])
    return ("interrupted after " if interrupted else "") + "; ".join(parts) + f"; {seconds:.1f} s"


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How often each verdict was reached."""
    out: dict[str, int] = {}
    for row in rows:
        out[row.certificate.verdict] = out.get(row.certificate.verdict, 0) + 1
    return {verdict: out[verdict] for verdict in STYLES if verdict in out}


def _tally(noun: str, rows: Sequence[Row]) -> str:
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts(rows).items())
    return f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}" + (f": {told}" if told else "")


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    held = [row.certificate for row in rows if row.held and not row.mutant_of]
    theorems = sorted({c.theorem for c in held if c.error_bound is not None and c.theorem})
    if theorems:
        yield f"error bound: probability of a false proof, by {'; '.join(theorems)}."
    if any(c.error_bound is None and c.error_estimate is not None for c in held):
        yield "estimate: the same figure where no theorem gives a bound."
    assumed = sum(bool(c.assumptions) for c in held)
    if assumed:
        yield f"{assumed} of these rest on assumptions (marked *), which --verbose and --json list."


def _heading(title: str, columns: Layout) -> Text:
    if columns.stacked:
        return Text(title, style="bold underline")
    left = f"{title:<{VERDICT + columns.name + 3 * GAP}}"
    figures = f"{'error bound':<{BOUND}}  {'estimate':<{ESTIMATE}}  {'time':>{SECONDS}}"
    return Text.assemble((left, "bold underline"), (f"{'sizes':<{columns.sizes}}  {figures}", "dim"))


def _label(row: Row) -> str:
    return f"mutant {row.name}" if row.mutant_of else row.name


def _verdict(row: Row) -> Text:
    verdict = row.certificate.verdict
    style = STYLES[verdict] if not row.mutant_of else "dim" if row.held else "bold red"
    return Text(f"{verdict:<{VERDICT}}", style=style)


def _beside(head: Text, lines: Sequence[Text]) -> Iterator[tuple[Text, Text]]:
    for place, line in enumerate(lines):
        yield (head if place == 0 else Text(" " * VERDICT)), line


def _evidence(row: Row, columns: Layout) -> list[Text]:
    certificate = row.certificate
    if not certificate.held or certificate.detail:
        text = "; ".join(filter(None, [row.at, certificate.detail]))
        width = columns.name - GAP if columns.stacked else columns.evidence
        return [Text(part) for part in broken_text(text, width)]
    if columns.stacked:
        text = ", ".join(filter(None, [row.at, *_failure(certificate)]))
        return [Text(part) for part in broken_text(text, columns.name - GAP)]
    bound, estimate = _figures(certificate)
    first, *rest = broken_text(row.at, columns.sizes)
    line = f"{first:<{columns.sizes}}  {bound:<{BOUND}}  {estimate:<{ESTIMATE}}"
    return [Text(line), *map(Text, rest)]


def _figures(certificate: Certificate) -> tuple[str, str]:
    star = "*" if certificate.assumptions else ""
    if certificate.error_bound is not None:
        return power_of_two(certificate.error_bound) + star, ""
    if certificate.error_estimate is not None:
        return "", power_of_two(certificate.error_estimate) + star
    return star, ""


def _failure(certificate: Certificate) -> list[str]:
    bound, estimate = _figures(certificate)
    if not certificate.held:
        return []
    return [f"error bound {bound}"] if bound else [f"estimate {estimate}"] if estimate else []


def _explanation(row: Row) -> str:
    certificate = row.certificate
    if row.mutant_of and certificate.held:
        return f"{row.name}: this mutant of {row.mutant_of} is false and was not refuted."
    witness = f"witness: {certificate.witness}" if certificate.witness else ""
    reason = certificate.reason
    if witness and str(certificate.witness) in reason:
        witness = ""
    return "\n".join(filter(None, [reason, witness]))


def _basis(certificate: Certificate) -> Iterator[str]:
    if certificate.method:
        yield f"method: {certificate.method}"
    if certificate.points:
        yield f"points: {certificate.points}, every entry compared at {certificate.compared} or more"
    if certificate.theorem:
        yield f"theorem: {certificate.theorem}"
    yield from (f"assumes: {line}" for line in certificate.assumptions)
    yield from (f"reads: {line}" for line in certificate.readings)
