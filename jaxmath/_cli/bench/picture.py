"""Pictures of a record: time and memory against size, both logarithmic, one column for each mode."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxmath._cli.bench import measure, summary
from jaxmath._cli.bench.protocol import Bench
from jaxmath._cli.bench.summary import Row

try:
    import matplotlib
    from matplotlib import pyplot, ticker
except ImportError:
    matplotlib = None

# Colours that stay apart for colour-blind readers (Okabe & Ito); the subject's line is the thickest.
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#CC79A7",
    "#56B4E9",
    "#8C6D31",
    "#555555",
    "#000000",
    "#B2B200",
)
MARKERS = "osD^vPX<>*"


def draw(bench: Bench, document: Mapping[str, Any], stem: Path) -> list[Path]:
    """Writes one picture for each sweep, as SVG and PNG; nothing where matplotlib is not installed."""
    if matplotlib is None:
        return []
    matplotlib.use("agg")
    matplotlib.rcParams.update({"font.size": 10, "svg.hashsalt": "jaxmath", "svg.fonttype": "none"})
    rows = summary.rows(bench, document)
    paths: list[Path] = []
    for name, own in _sweeps(bench, rows).items():
        paths += _picture(bench, document, name, own, stem)
    return paths


def _sweeps(bench: Bench, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows that differ in mode and along one axis only, by what they have in common."""
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault(f"{row.axis}|{summary.described(bench, row.setting, row.axis)}", []).append(row)
    return {name: own for name, own in out.items() if len({row.size for row in own}) > 1}


def _picture(
    bench: Bench, document: Mapping[str, Any], name: str, rows: Sequence[Row], stem: Path
) -> list[Path]:
    modes = list(dict.fromkeys(row.mode for row in rows))
    told = name.partition("|")[2]
    figure, axes = pyplot.subplots(
        2, len(modes), figsize=(1.5 + 3.6 * len(modes), 7.4), sharex=True, sharey="row", squeeze=False
    )
    handles: dict[str, Any] = {}
    on_host = document["device"]["platform"] == "cpu"
    top = (lambda row: 1e3 * row.seconds) if on_host else (lambda row: row.rate / 1e12)
    for column, mode in enumerate(modes):
        own = [row for row in rows if row.mode == mode]
        _panel(bench, axes[0, column], own, top, handles)
        _panel(bench, axes[1, column], own, lambda row: row.memory / bench.each(row.setting), handles)
        if not on_host:
            _ceiling(axes[0, column], document, own[0])
        axes[0, column].set_title(_titled(mode))
        axes[1, column].set_xlabel(f"{rows[0].axis} {bench.letters[rows[0].axis]}")
    axes[0, 0].set_ylabel("time, ms (median)" if on_host else "TFLOP/s (median)")
    each = " (a sequence)" if bench.each(rows[0].setting) != 1 else ""
    axes[1, 0].set_ylabel(f"memory above inputs{each}, MiB")
    labels = [p.name for p in bench.peers if p.name in handles]
    figure.legend(
        [handles[n] for n in labels],
        labels,
        loc="lower center",
        ncols=min(6, len(labels)),
        frameon=False,
    )
    partial = "" if document["complete"] else " (incomplete)"
    figure.suptitle(f"{bench.title}: {told}\n{document['device']['kind']}{partial}", fontsize=12)
    figure.tight_layout(rect=(0, 0.05 + 0.03 * (len(labels) > 6), 1, 1))
    base = stem.with_name(f"{stem.name}-{_slug(name)}")
    paths = [base.with_name(base.name + end) for end in (".svg", ".png")]
    for path in paths:
        figure.savefig(path, dpi=130, metadata={"Date": None} if path.suffix == ".svg" else {})
    pyplot.close(figure)
    return paths


def _panel(bench: Bench, axis: Any, rows: Sequence[Row], figure: Any, handles: dict[str, Any]) -> None:
    for place, peer in enumerate(p.name for p in bench.peers):
        points = sorted((row.size, figure(row)) for row in rows if row.peer == peer and figure(row) > 0)
        if not points:
            continue
        x, y = zip(*points, strict=True)
        ours = peer == bench.subject
        (handles[peer],) = axis.plot(
            x,
            y,
            color=COLOURS[place % len(COLOURS)],
            marker=MARKERS[place % len(MARKERS)],
            linewidth=3.6 if ours else 1.4,
            markersize=8 if ours else 4,
            zorder=2 if ours else 3,  # thin lines above the thick one: nothing is hidden
        )
    sizes = sorted({row.size for row in rows})
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xticks(sizes, [_short(size) for size in sizes])
    axis.xaxis.set_minor_locator(ticker.NullLocator())
    axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 3.0)))
    axis.yaxis.set_minor_locator(ticker.NullLocator())
    axis.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)


def _ceiling(axis: Any, document: Mapping[str, Any], row: Row) -> None:
    """The rate of a large matrix product, which nobody can pass."""
    best = measure.best(document["ceilings"]).get(f"product {row.setting.get('dtype')}")
    if best:
        axis.axhline(best / 1e12, color="#999999", linestyle=":", linewidth=1.2)
        place = dict(xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=8)
        axis.annotate("matrix product", (0, best / 1e12), (2, -11), **place)


def _titled(mode: str) -> str:
    return {
        "forward": "forward",
        "gradient": "forward + backward",
        "jvp": "forward mode (JVP)",
        "hvp": "Hessian-vector product",
    }.get(mode, mode)


def _short(size: float) -> str:
    return f"{size / 1024:g}k" if size >= 1024 and size % 1024 == 0 else f"{size:g}"


def _slug(name: str) -> str:
    plain = "".join(c if c.isalnum() or c in ".=" else "-" for c in name.replace("=", ""))
    return "-".join(filter(None, plain.split("-")))
