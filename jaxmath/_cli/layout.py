"""How wide each column is, and how a cell is broken into lines. Nothing is ever cut off."""

import dataclasses
import re
import textwrap

VERDICT, ESTIMATE, SECONDS, GAP = 9, 8, 8, 2


@dataclasses.dataclass(frozen=True)
class Layout:
    """Widths of the columns whose width is not fixed.

    Attributes:
      name: width of the claims' names.
      sizes: width of the sizes; zero if they follow the name.
      bound: width of the error bound.
      stacked: whether all figures follow the name, for want of width.
    """

    name: int
    sizes: int = 0
    bound: int = 11
    stacked: bool = False

    @property
    def evidence(self) -> int:
        """Width of sizes, bound and estimate together."""
        return (self.sizes + GAP if self.sizes else 0) + self.bound + GAP + ESTIMATE


def layout(width: int) -> Layout:
    """The columns for a terminal of a width."""
    if width < 66:
        return Layout(name=max(12, width - VERDICT - 2 * GAP), stacked=True)
    free = width - VERDICT - ESTIMATE - SECONDS - 5 * GAP
    if width < 100:
        return Layout(name=free - 7, bound=7)
    name = min(64, (free - 11 - GAP) * 2 // 3)
    return Layout(name=name, sizes=min(36, free - 11 - GAP - name))


def broken_name(name: str, width: int) -> list[str]:
    """An identifier in lines of a width, broken after underscores and spaces where possible."""
    lines: list[str] = []
    line = ""
    for part in re.findall(r"[^_ ]*[_ ]?", name):
        while len(part) > width:
            lines, line, part = [*lines, *filter(None, [line]), part[:width]], "", part[width:]
        if len(line) + len(part) > width:
            lines, line = [*lines, line], ""
        line += part
    return [*lines, line]


def broken_text(text: str, width: int) -> list[str]:
    """A text in lines of a width, broken at spaces; what is carried over keeps the indentation."""
    indent = " " * min(len(text) - len(text.lstrip()), width // 2)
    return [indent + line for line in textwrap.wrap(text.strip(), width - len(indent))] or [""]
