"""Time of a proof against length, width and depth, beside checks by finite differences on the same functions.

    jaxmath bench verify [--quick] [--resume] [--out FILE] [--torch PYTHON] [--limit SECONDS]
    python benchmarks/bench_verify.py [--quick] [--json FILE] [--resume] [--only METHOD ...]
                                      [--torch PYTHON] [--limit SECONDS]

Every run has a process of its own, forked where the libraries are loaded; the ways to answer take turns.
What is reported is the first call in such a process (what a test costs, tracing and compiling included),
the median over the rounds; `again` is a second call. An interrupt keeps what is done.
"""

import argparse
import collections
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grid
import methods
import picture
import timing
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

import jaxmath
from jaxmath._cli.bench import find

HERE = Path(__file__).parent
TORCH = {"gradcheck": True, "gradcheck full": False}
# A second call, and further rounds, only where the first took less than this many seconds.
AGAIN_BELOW = 3.0
ROUNDS = 3
# What takes longest comes last in a round.
_LATE = ("xla", "gradcheck full")
CONSOLE = Console(width=None if sys.stdout.isatty() else 130)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the first two sizes of each family, one round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the report goes")
    parser.add_argument("--resume", action="store_true", help="keep what the report already holds")
    ways = [*methods.METHODS, *TORCH]
    parser.add_argument(
        "--only", nargs="+", choices=ways, default=ways, metavar="METHOD", help=", ".join(ways)
    )
    parser.add_argument("--torch", default=sys.executable, metavar="PYTHON", help="an interpreter with torch")
    parser.add_argument("--limit", type=float, default=60.0, metavar="SECONDS", help="the longest run")
    return parser.parse_args(words)


def torch_version(python: str) -> str | None:
    """The version of torch that an interpreter finds, if it does."""
    try:
        done = subprocess.run(
            [python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def report_path(options: argparse.Namespace) -> Path:
    name = f"verify-{platform.system().lower()}-{platform.machine()}-{os.cpu_count()}-cores"
    return options.json or find.results() / f"{name}{'-quick' * options.quick}.json"


def _earlier(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["runs"] if path.exists() else []


class Bench:
    """All runs, done and left out.

    Attributes:
      options: the command's.
      torch: the version of torch, None without.
      runs: what was measured.
      left_out: why something was not, by family, size and method.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.torch = options, torch_version(options.torch)
        self.runs: list[dict[str, Any]] = _earlier(report_path(options)) if options.resume else []
        self.kept = collections.Counter((r["family"], r["size"], r["method"]) for r in self.runs)
        self.left_out: dict[tuple[str, int, str], str] = {}

    def sizes(self, family: str) -> tuple[int, ...]:
        sizes = methods.FAMILIES[family].sizes
        return grid.quick(sizes) if self.options.quick else sizes

    def tasks(self) -> list[tuple[str, int, str]]:
        """Family, size and method: small sizes first, so that an interrupt leaves some of all."""
        deep = max(len(f.sizes) for f in methods.FAMILIES.values())
        rounds = 1 if self.options.quick else ROUNDS
        cases = [
            (f, self.sizes(f)[n]) for n in range(deep) for f in methods.FAMILIES if n < len(self.sizes(f))
        ]
        return [
            (*case, m)
            for _ in range(rounds)
            for late in (False, True)
            for case in cases
            for m in self.ways(*case)
            if (m in _LATE) == late and m in self.options.only
        ]

    def ways(self, family: str, size: int) -> Iterator[str]:
        for method in methods.METHODS:
            if method != "xla" or size in methods.FAMILIES[family].xla:
                yield method
        if self.torch:
            yield from ("gradcheck",) if self.options.quick else TORCH

    def run(self, task: tuple[str, int, str]) -> None:
        """One run, unless it is known to take too long or was slow and has been measured."""
        if self.kept[task]:
            self.kept[task] -= 1
            return
        if task in self.left_out or self._is_known(task):
            return
        family, size, method = task
        why = self._too_long(task)
        if why:
            self.left_out[task] = why
            return
        try:
            found = self._measured(family, size, method)
        except (timing.TimeLimitError, timing.DiedError) as error:
            self.left_out[task] = str(error)
            return
        if "left_out" in found:
            self.left_out[task] = found["left_out"]
        else:
            load = round(os.getloadavg()[0], 1)
            self.runs.append(dict(family=family, size=size, method=method, load=load, **found))

    def _measured(self, family: str, size: int, method: str) -> dict[str, Any]:
        limit = self.options.limit
        if method in TORCH:
            task = dict(family=family, size=size, fast=TORCH[method], limit=limit, again_below=AGAIN_BELOW)
            return timing.other_python(self.options.torch, str(HERE / "torch_peer.py"), task, limit)
        return timing.isolated(methods.run, family, size, method, AGAIN_BELOW, limit=limit)

    def done(self, family: str, method: str) -> list[dict[str, Any]]:
        return [r for r in self.runs if (r["family"], r["method"]) == (family, method)]

    def _is_known(self, task: tuple[str, int, str]) -> bool:
        family, size, method = task
        return any(r["size"] == size and r["first"] >= AGAIN_BELOW for r in self.done(family, method))

    def _too_long(self, task: tuple[str, int, str]) -> str:
        """Time grows at least linearly, but for what compiles once."""
        family, size, method = task
        for (f, s, m), why in self.left_out.items():
            if (f, m) == (family, method) and s < size:
                return why if "not run" in why else f"not run: at {methods.FAMILIES[f].letter} = {s} {why}"
        smaller = sorted((r for r in self.done(family, method) if r["size"] < size), key=lambda r: r["size"])
        if not smaller:
            return ""
        last = smaller[-1]
        fixed = last.get("compiling", 0.0)
        expected = fixed + (last["first"] - fixed) * size / last["size"]
        return f"not run: {expected:.0f} s or more expected" if expected > self.options.limit else ""

    # What is written down.

    def rows(self) -> list[dict[str, Any]]:
        """Medians over the rounds."""
        out = []
        for family in methods.FAMILIES:
            for size in self.sizes(family):
                for method in picture.STYLES:
                    runs = [r for r in self.done(family, method) if r["size"] == size]
                    if runs:
                        out.append(_row(family, size, method, runs))
        return out

    def report(self, complete: bool) -> dict[str, Any]:
        rows = self.rows()
        return dict(
            benchmark="verify",
            complete=complete,
            device=device(),
            versions=versions(self.torch),
            settings=dict(
                seed=methods.SEED,
                rounds=1 if self.options.quick else ROUNDS,
                again_below=AGAIN_BELOW,
                limit=self.options.limit,
                check_grads="order 1, reverse mode, float64",
                gradcheck="float64, defaults",
                threads={name: os.environ[name] for name in _THREADS if name in os.environ},
            ),
            families={
                name: dict(title=f.title, letter=f.letter, fixed=f.fixed, sizes=self.sizes(name))
                for name, f in methods.FAMILIES.items()
            },
            rows=rows,
            exponents=exponents(rows),
            left_out=[dict(family=f, size=s, method=m, why=why) for (f, s, m), why in self.left_out.items()],
            runs=self.runs,
        )


_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "XLA_FLAGS")


def _row(family: str, size: int, method: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    def of(key: str) -> list[Any]:
        return [r.get(key) for r in runs]

    return dict(
        family=family,
        size=size,
        method=method,
        outcome=runs[0]["outcome"],
        rounds=len(runs),
        first=timing.median(of("first")),
        spread=timing.spread(of("first")),
        again=timing.median(of("again")),
        load=timing.median(of("load")),
        compiling=timing.median(of("compiling")),
        peak_mib=timing.median(of("peak_mib")),
        added_mib=timing.median([r["peak_mib"] - r["before_mib"] for r in runs]),
    )


def exponents(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How time grows with size, by the three largest sizes: first calls, and without what XLA compiled."""
    out = []
    for family, method in dict.fromkeys((r["family"], r["method"]) for r in rows):
        own = [r for r in rows if (r["family"], r["method"]) == (family, method)]
        sizes, first = [r["size"] for r in own], [r["first"] for r in own]
        running = [max(r["first"] - (r["compiling"] or 0.0), 1e-6) for r in own]
        found = dict(first=timing.exponent(sizes, first), running=timing.exponent(sizes, running))
        out.append(dict(family=family, method=method, sizes=sizes[-3:], **found))
    return out


def device() -> dict[str, Any]:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    load = os.getloadavg()
    return dict(
        system=platform.system(),
        machine=platform.machine(),
        processor=_processor(),
        cores=os.cpu_count(),
        memory_gib=round(pages / 2**30, 1),
        load_at_end=[round(n, 2) for n in load],
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def versions(torch: str | None) -> dict[str, str | None]:
    names = ("jax", "jaxlib", "numpy", "matplotlib")
    found: dict[str, str | None] = {"python": platform.python_version(), "torch": torch}
    found["jaxmath"] = jaxmath.__version__
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


# What is shown.


def table(report: dict[str, Any], name: str) -> Table:
    family = report["families"][name]
    rows = {(r["size"], r["method"]): r for r in report["rows"] if r["family"] == name}
    out = Table(title=f"{family['title']} ({family['fixed']})", title_justify="left", title_style="bold")
    out.add_column(family["letter"], justify="right")
    for method in picture.STYLES:
        out.add_column(method, justify="right")
    for other in ("check_grads", "gradcheck"):
        out.add_column(f"numpy / {other}", justify="right")
    out.add_column("peak MiB, numpy", justify="right")
    for size in family["sizes"]:
        cells = [_cell(rows.get((size, method))) for method in picture.STYLES]
        ratios = [_ratio(rows, size, other) for other in ("check_grads", "gradcheck")]
        peak = rows.get((size, "numpy"), {}).get("peak_mib")
        out.add_row(str(size), *cells, *ratios, "" if peak is None else f"{peak:.0f}")
    slopes = {e["method"]: e["first"] for e in report["exponents"] if e["family"] == name}
    powers = ["" if slopes.get(m) is None else f"{slopes[m]:.2f}" for m in picture.STYLES]
    out.add_section()
    out.add_row("exponent", *powers)
    return out


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    mark = "" if row["outcome"].split()[0] not in ("rejected:", "refuted", "unknown") else " !"
    again = "" if row["again"] is None else f" [dim]({row['again']:.2f})[/dim]"
    return f"{row['first']:.2f}{again}{mark}"


def _ratio(rows: dict[Any, Any], size: int, other: str) -> str:
    ours, theirs = rows.get((size, "numpy")), rows.get((size, other))
    return f"{ours['first'] / theirs['first']:.1f}" if ours and theirs else ""


def show(report: dict[str, Any]) -> None:
    for name in report["families"]:
        CONSOLE.print(table(report, name))
    CONSOLE.print(
        "numpy, xla: a proof by either backend. Seconds of the first call in a fresh process (of a second)."
    )
    CONSOLE.print(
        "check_grads and gradcheck try a derivative at one point; for attention forward and the blocks"
    )
    CONSOLE.print("that is another question about the same function than whether it equals the textbook's.")
    for row in report["rows"]:
        if _cell(row).endswith("!"):
            CONSOLE.print(f"{row['family']}, {row['size']}, {row['method']}: {row['outcome']}", markup=False)
    for entry in report["left_out"]:
        text = f"{entry['family']}, {entry['size']}, {entry['method']}: {entry['why']}"
        CONSOLE.print(text, style="dim", markup=False)


def measure(bench: Bench) -> bool:
    """Runs everything; False if that was interrupted."""
    columns = (
        TextColumn("{task.description:42}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=CONSOLE, transient=True) as progress:
        tasks = bench.tasks()
        bar = progress.add_task("", total=len(tasks))
        try:
            for task in tasks:
                progress.update(bar, description=f"{task[0]}, {task[1]}, {task[2]}")
                bench.run(task)
                progress.advance(bar)
        except KeyboardInterrupt:
            return False
    return True


def main(words: Sequence[str] | None = None) -> int:
    """The command; `jaxmath bench verify` passes the options that it shares with others."""
    options = arguments(words)
    timing.preload("methods", "picture", "rich.console", "rich.progress")
    bench = Bench(options)
    if bench.torch is None:
        CONSOLE.print("torch is not installed: no gradcheck (pip install -e '.[peers]', or --torch PYTHON).")
    complete = measure(bench)
    report = bench.report(complete)
    show(report)
    path = report_path(options)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    drawn = picture.draw(report, path.with_suffix(""))
    for written in (path, *drawn):
        CONSOLE.print(f"wrote {written}", markup=False)
    if not drawn:
        CONSOLE.print("matplotlib is not installed: no picture (pip install -e '.[bench]').", markup=False)
    return 0 if complete else 130


if __name__ == "__main__":
    sys.exit(main())
