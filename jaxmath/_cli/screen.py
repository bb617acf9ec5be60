"""The table, as it grows on a terminal or in a file."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from jaxmath._cli.layout import ESTIMATE, GAP, SECONDS, VERDICT, Layout, broken_name, broken_text, layout
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
            self._print(table_lines(row, layout(self.console.width)))
        else:
            self._print([plain_line(row)])
        if row.trap and not row.mutant_of:
            self._explain("\n".join(_trap(row)))
        elif not row.held:
            self._explain(_explanation(row))
        if self.verbose:
            self._explain("\n".join(_basis(row.certificate)), "dim")

    def end(self, notes: Sequence[str]) -> None:
        """Prints what stands below the table."""
        width = max(20, self.console.width)
        for note in notes:
            parts = broken_text(note, width) if self.console.is_terminal else [note]
            self._print([Text(part) for part in parts])

    def _headings(self, row: Row) -> None:
        if row.chapter != self.chapter:
            self._print([Text(), heading(title_of(row.chapter), layout(self.console.width))])
        if (row.chapter, row.component) != (self.chapter, self.component):
            self._print([Text(row.component, style="bold")])
        self.chapter, self.component = row.chapter, row.component

    def _explain(self, text: str, style: str = "") -> None:
        width = max(20, self.console.width - 4)
        for line in text.splitlines():
            parts = broken_text(line, width) if self.console.is_terminal else [line]
            self._print([Text("    " + part, style=style) for part in parts])

    def _print(self, lines: Sequence[Text]) -> None:
        for line in lines:
            line.rstrip()
            self.console.print(line, soft_wrap=True)


def title_of(chapter: Chapter) -> str:
    """A chapter as it is headed: `5 Attention`."""
    return f"{chapter.number} {chapter.title}" if chapter.number else chapter.title


def heading(title: str, columns: Layout) -> Text:
    """A chapter's title over the names, with the names of the other columns."""
    if columns.stacked:
        return Text(title, style="bold underline")
    sizes = f"{'sizes':<{columns.sizes}}  " if columns.sizes else ""
    bound = f"{'error bound' if columns.sizes else 'bound':<{columns.bound}}"
    figures = f"{sizes}{bound}  {'estimate':<{ESTIMATE}}{'time':>{SECONDS}}"
    space = " " * max(1, VERDICT + columns.name + 3 * GAP - len(title))
    return Text.assemble((title, "bold underline"), space, (figures, "dim"))


def table_lines(row: Row, columns: Layout) -> list[Text]:
    """A row as aligned lines: the claim on the left, its figures on the right."""
    left, right = _claim(row, columns), _columns(row, columns)
    lines = []
    for place in range(max(len(left), len(right))):
        head = _verdict(row) if place == 0 else Text(" " * VERDICT)
        name, style = left[place] if place < len(left) else ("", "")
        line = Text.assemble("  ", head, "  ", (f"{name:<{columns.name}}", style))
        lines.append(line.append("  " + right[place]) if place < len(right) else line)
    return lines


def plain_line(row: Row) -> Text:
    """A row as one line, for files and pipes."""
    certificate = row.certificate
    told = [f"({row.at})" if row.at else "", certificate.detail, *_failure(certificate)]
    words = [f"{certificate.verdict:<{VERDICT}}", f"{row.component}.{row.name}", *filter(None, told)]
    words[1] += f" [{row.neighbours} of {row.mutant_of}]" if row.mutant_of else ""
    return Text("  ".join([*words, _seconds(row)]))


def _label(row: Row) -> str:
    return f"{row.neighbours} {row.name}" if row.mutant_of else row.name


def _verdict(row: Row) -> Text:
    verdict = row.certificate.verdict
    style = STYLES[verdict] if not (row.mutant_of or row.trap) else "dim" if row.held else "bold red"
    return Text(f"{verdict:<{VERDICT}}", style=style)


def _claim(row: Row, columns: Layout) -> list[tuple[str, str]]:
    """The left column: the name, and below it whatever has no column of its own."""
    width = columns.name
    told = [] if columns.sizes else [row.at, row.certificate.detail]
    told += [*_failure(row.certificate), _seconds(row)] if columns.stacked else []
    names, text = broken_name(_label(row), width), ", ".join(filter(None, told))
    if text and len(names[-1]) + len(text) + 3 <= width and not columns.stacked:
        return [*((name, "") for name in names[:-1]), (f"{names[-1]} ({text})", "")]
    rest = broken_text("  " + text, width) if text else []
    return [(name, "") for name in names] + [(line, "dim") for line in rest]


def _columns(row: Row, columns: Layout) -> list[str]:
    """The right columns: sizes, bound, estimate, time; a detail takes the place of the first three."""
    if columns.stacked:
        return []
    certificate, seconds = row.certificate, f"{_seconds(row):>{SECONDS}}"
    if columns.sizes and certificate.detail:
        text = ", ".join(filter(None, [row.at, certificate.detail]))
        first, *rest = broken_text(text, columns.evidence)
        return [f"{first:<{columns.evidence}}{seconds}", *rest]
    bound, estimate = _figures(certificate)
    figures = f"{bound:<{columns.bound}}  {estimate:<{ESTIMATE}}{seconds}"
    if not columns.sizes:
        return [figures]
    first, *rest = broken_text(row.at, columns.sizes)
    return [f"{first:<{columns.sizes}}  {figures}", *rest]


def _seconds(row: Row) -> str:
    return f"{row.seconds:.2f} s"


def _figures(certificate: Certificate) -> tuple[str, str]:
    """The bound and the estimate; a star tells of assumptions. Neither, for what did not hold."""
    if not certificate.held:
        return "", ""
    star = "*" if certificate.assumptions else ""
    if certificate.error_bound is not None:
        return power_of_two(certificate.error_bound) + star, ""
    if certificate.error_estimate is not None:
        return "", power_of_two(certificate.error_estimate) + star
    return star, ""


def _failure(certificate: Certificate) -> list[str]:
    bound, estimate = _figures(certificate)
    return [f"error bound {bound}"] if bound else [f"estimate {estimate}"] if estimate else []


def _trap(row: Row) -> Iterator[str]:
    """A popular statement, where it is quoted, what shows that it is false, and what is true instead."""
    yield f"popular: {row.statement}"
    yield f"quoted:  {row.source}"
    if not row.held:
        yield _explanation(row) or "This trap was not refuted."
        return
    yield f"witness: {row.certificate.witness or row.certificate.reason}"
    instead = [*row.mutants, *filter(None, [row.instead])]
    yield f"instead: {', '.join(instead)}"


def _explanation(row: Row) -> str:
    certificate = row.certificate
    if row.trap and not row.mutant_of and certificate.held:
        return f"{row.name}: this statement is popular and was to be refuted, but it holds."
    if row.mutant_of and not row.trap and certificate.held:
        return f"{row.name}: this mutant of {row.mutant_of} is false and was not refuted."
    told = str(certificate.witness) if certificate.witness else ""
    return "\n".join(
        filter(None, [certificate.reason, f"witness: {told}" if told not in certificate.reason else ""])
    )


def _basis(certificate: Certificate) -> Iterator[str]:
    if certificate.method:
        yield f"method: {certificate.method}"
    if certificate.points:
        yield f"points: {certificate.points}, every entry compared at {certificate.compared} or more"
    if certificate.theorem:
        yield f"theorem: {certificate.theorem}"
    yield from (f"assumes: {line}" for line in certificate.assumptions)
    yield from (f"reads: {line}" for line in certificate.readings)
