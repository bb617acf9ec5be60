"""The README's picture: real output of `jaxmath verify` as an SVG.

Usage: `python benchmarks/show_verify.py [WHAT ...]`
"""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

OUT = Path(__file__).parent / "results" / "verify.svg"
WHAT = ["multihead", "flax_nnx", "pallas_tpu"]
WIDTH = 160


def output(what: list[str]) -> str:
    """What the command prints on a terminal of `WIDTH` columns."""
    command = [sys.executable, "-m", "jaxmath", "verify", *what]
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": "100", "TERM": "xterm-256color"}
    read, write = pty.openpty()
    with subprocess.Popen(command, stdout=write, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(write)
        chunks = []
        try:
            while chunk := os.read(read, 65536):
                chunks.append(chunk)
        except OSError:
            pass  # the terminal is closed with the process
    assert process.returncode == 0
    return b"".join(chunks).decode()


def settled(text: str) -> str:
    """The lines that stay on the screen: those of the progress display are erased by the program itself."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        kept = line.split("\r")[-1]
        plain = re.sub(r"\x1b\[(2K|\?25[lh])", "", kept)
        # SVG viewers drop spaces at the beginning of a text; these they keep.
        lines.append(re.sub("^ +", lambda m: "\u00a0" * len(m[0]), plain))
    return "\n".join(lines)


def main() -> None:
    """Writes the picture."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))
    console.print(Text.from_ansi(settled(output(sys.argv[1:] or WHAT))), soft_wrap=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(console.export_svg(title="jaxmath verify"))


if __name__ == "__main__":
    main()
