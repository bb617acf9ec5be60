"""What is printed: a table of times and one of memory for each series, and what stands below them."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jaxmath._cli.bench import compare, measure, summary
from jaxmath._cli.bench.protocol import Bench
from jaxmath._cli.bench.summary import Exponent, Row


def show(console: Console, bench: Bench, document: Mapping[str, Any]) -> None:
    """Prints a record."""
    rows = summary.rows(bench, document)
    exponents = summary.exponents(bench, rows)
    for series in dict.fromkeys(row.series for row in rows):
        own = [row for row in rows if row.series == series]
        powers = [e for e in exponents if e.series == series]
        console.print(_table(bench, own, powers, "time", functools.partial(_time, bench, own)))
        console.print(_table(bench, own, powers, "memory", _memory))
        compiled = [row for row in own if row.compiling is not None]
        if compiled:
            console.print(_table(bench, compiled, (), "tracing and compiling", _compiling))
    for line in _legend(bench, document):
        console.print(Text(line), soft_wrap=True)
    for line in _left_out(bench, document["left_out"]):
        console.print(Text(line, style="dim"), soft_wrap=True)


def _table(
    bench: Bench, rows: Sequence[Row], powers: Sequence[Exponent], of: str, cell: Callable[[Row], str]
) -> Table:
    axis = rows[0].axis
    told = summary.described(bench, rows[0].setting, axis)
    title = f"{bench.title}, {rows[0].mode}: {of} ({told})"
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=of == "time")
    sizes = sorted({row.size for row in rows})
    table.add_column(bench.letters[axis], no_wrap=True)
    for size in sizes:
        table.add_column(f"{size:g}", justify="right", no_wrap=True)
    theory = next((e.theory for e in powers if e.of == of), None)
    if powers:
        table.add_column(f"exponent (theory {theory:g})" if theory is not None else "exponent", no_wrap=True)
    for peer in [p.name for p in bench.peers]:
        own = {row.size: row for row in rows if row.peer == peer}
        if own:
            power = next((str(e.growth) for e in powers if (e.peer, e.of) == (peer, of)), "")
            cells = [cell(own[size]) if size in own else "-" for size in sizes]
            table.add_row(
                peer, *cells, *([power] if powers else []), style="bold" if peer == bench.subject else ""
            )
    return table


def _time(bench: Bench, rows: Sequence[Row], row: Row) -> str:
    base = next((r for r in rows if (r.peer, r.size) == (bench.reference, row.size)), None)
    lines = [f"{seconds(row.seconds)} ±{100 * row.spread:.0f}%"]
    lines += [f"{row.seconds / base.seconds:.2f} x"] if base else []
    share = f" {100 * row.share:.0f}%" if row.share is not None else ""
    share += {"bandwidth": "b", "exp": "e"}.get(row.limit, "")
    return "\n".join([*lines, f"{rate(row.rate)}{share}"])


def _compiling(row: Row) -> str:
    return "" if row.compiling is None else seconds(row.compiling)


def _memory(row: Row) -> str:
    planned = f" ({mib(row.planned)})" if row.planned is not None else ""
    return mib(row.memory) + planned


def _legend(bench: Bench, document: Mapping[str, Any]) -> Iterator[str]:
    found = measure.best(document["ceilings"])
    device = document["device"]
    yield f"{device['kind']}, {device['platform']}, {device['cores']} cores, {device['memory_gib']} GiB"
    told = [f"{name} {_ceiling(name, value)}" for name, value in found.items()]
    # A record may take them from another one of the same machine, and says so then.
    where = document.get("ceilings_from", "this run")
    yield f"ceilings, measured in {where}: {', '.join(told) or 'none'}."
    yield f"time: median ± half the distance of the quartiles; x: over {bench.reference}."
    yield "FLOP/s of the products that nobody can avoid; %: the least time by the ceilings over the time,"
    yield "which products set, or b the bandwidth, or e exponentials."
    yield "memory: above the inputs, resident or on the device; in brackets, temporaries as XLA plans them."
    if not document["complete"]:
        yield "incomplete: --resume goes on from here."


def _ceiling(name: str, value: float) -> str:
    if name.startswith("product"):
        return rate(value)
    return f"{value / 1e9:.3g} GB/s" if name == "bandwidth" else f"{value / 1e9:.3g} G/s"


def _left_out(bench: Bench, entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each peer, mode and reason; sizes are collected."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for entry in entries:
        fixed = summary.described(bench, entry["setting"], entry["axis"])
        reason = (entry["peer"], entry["mode"], fixed, entry["why"])
        found.setdefault(reason, []).append(str(entry["setting"][entry["axis"]]))
    letters = {(e["peer"], e["mode"]): bench.letters[e["axis"]] for e in entries}
    for (peer, mode, fixed, why), sizes in found.items():
        yield f"{peer}, {mode}, {letters[peer, mode]}={','.join(sizes)} ({fixed}): {why}"


def verdicts(console: Console, judged: Sequence[Mapping[str, Any]]) -> None:
    """Prints scaling claims with what was found."""
    for entry in judged:
        found = entry["certificate"]
        style = "cyan" if found["verdict"] == "measured" else "bold red"
        told = Text(found["verdict"], style=style)
        told.append(f" {found['detail']}  {entry['claim']}", style="default")
        console.print(told, soft_wrap=True)
        if found["reason"]:
            console.print(Text(f"    {found['reason']}"), soft_wrap=True)
    false = [mutant for entry in judged for mutant in entry["mutants"]]
    refuted = sum(mutant["certificate"]["verdict"] == "refuted" for mutant in false)
    if false:
        console.print(f"false neighbours, one power off: {refuted} of {len(false)} refuted")
    for mutant in false:
        if mutant["certificate"]["verdict"] != "refuted":
            console.print(Text(f"    not refuted: {mutant['claim']}"), soft_wrap=True)


def changes(console: Console, bench: Bench, found: compare.Comparison) -> None:
    """Prints a comparison."""
    table = Table(title="New time over old", title_justify="left", title_style="bold")
    for name in ("", "setting", "ratio", f"{100 * compare.LEVEL:.0f} % interval", "verdict"):
        table.add_column(name)
    shown = [each for each in found.changes if each.peer == bench.subject or each.verdict != compare.SAME]
    for each in shown:
        style = {"faster": "green", "slower": "bold red"}.get(each.verdict, "")
        setting = ", ".join([each.mode, summary.described(bench, each.setting, "")])
        interval = f"[{each.low:.2f}, {each.high:.2f}]" if each.low else "too few samples"
        table.add_row(each.peer, setting, f"{each.ratio:.2f}", interval, each.verdict, style=style)
    console.print(table)
    console.print(f"not shown: {len(found.changes) - len(shown)} of other libraries without a difference.")
    told = f"by {found.controls} times of libraries whose versions are the same in both"
    if not found.controls:
        told = "unknown: no library is of the same version in both, so nothing tells what the day does"
    console.print(f"noise between the runs: a factor of {found.noise:.2f}, {told}.", soft_wrap=True)
    alarms = len(found.changes) * (1 - compare.LEVEL)
    console.print(f"{len(found.changes)} comparisons; noise within runs gives {alarms:.1f} false alarms.")
    for note in found.notes:
        console.print(Text(f"  {note}", style="dim"), soft_wrap=True)


def seconds(value: float) -> str:
    """A time with three digits: `3.41 ms`."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{_three(value / size)} {unit}"
    return f"{value * 1e9:.0f} ns"


def rate(value: float) -> str:
    """A rate of operations: `280 GF/s`."""
    return f"{_three(value / 1e12)} TF/s" if value >= 1e12 else f"{_three(value / 1e9)} GF/s"


def mib(value: float) -> str:
    """Memory: `23 M`, `1.2 G`."""
    return f"{value / 1024:.1f}G" if value >= 1000 else f"{_three(value)}M"


def _three(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
