"""How wide each column is, and how a cell is broken into lines. Nothing is ever cut off."""

import dataclasses
import textwrap

VERDICT, BOUND, ESTIMATE, SECONDS, GAP = 9, 11, 8, 7, 2


@dataclasses.dataclass(frozen=True)
class Layout:
    """Widths of the columns whose width is not fixed.

    Attributes:
      name: width of the claims' names.
      sizes: width of the sizes.
      stacked: whether the evidence stands below the name, for want of width.
    """

    name: int
    sizes: int
    stacked: bool = False

    @property
    def evidence(self) -> int:
        """Width of sizes, bound and estimate together."""
        return self.sizes + BOUND + ESTIMATE + 2 * GAP


def layout(width: int) -> Layout:
    """The columns for a terminal of a width."""
    free = width - VERDICT - BOUND - ESTIMATE - SECONDS - 6 * GAP
    if free < 34:
        return Layout(name=max(12, width - VERDICT - 2 * GAP), sizes=12, stacked=True)
    name = min(64, max(24, free * 3 // 5))
    return Layout(name=name, sizes=min(36, free - name))


def broken_name(name: str, width: int) -> list[str]:
    """An identifier in lines of a width, broken after underscores where possible."""
    lines: list[str] = []
    line = ""
    for part in name.replace("_", "_ ").split(" "):
        while len(part) > width:
            lines, line, part = [*lines, *filter(None, [line]), part[:width]], "", part[width:]
        if len(line) + len(part) > width:
            lines, line = [*lines, line], ""
        line += part
    return [*lines, line]


def broken_text(text: str, width: int) -> list[str]:
    """A text in lines of a width, broken at spaces."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
