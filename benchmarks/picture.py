"""One picture of all families: seconds against size, both logarithmic."""

from pathlib import Path
from typing import Any

import timing

try:
    import matplotlib
    from matplotlib import pyplot
except ImportError:
    matplotlib = None

# Colours that stay apart for colour-blind readers (Okabe & Ito); what is compared with is dashed.
STYLES: dict[str, tuple[str, str, str]] = {
    "numpy": ("exact proof, numpy", "#0072B2", "-"),
    "xla": ("exact proof, compiled (XLA)", "#009E73", "-"),
    "check_grads": ("jax check_grads", "#D55E00", "--"),
    "gradcheck": ("torch gradcheck, fast", "#CC79A7", "--"),
    "gradcheck full": ("torch gradcheck, full", "#555555", "--"),
}


def draw(report: dict[str, Any], stem: Path) -> list[Path]:
    """Writes STEM.svg and STEM.png, or nothing where matplotlib is not installed."""
    if matplotlib is None:
        return []
    matplotlib.use("agg")
    matplotlib.rcParams.update({"font.size": 10, "svg.hashsalt": "jaxmath", "svg.fonttype": "none"})
    families = report["families"]
    columns = -(-(len(families) + 1) // 2)
    figure, axes = pyplot.subplots(2, columns, figsize=(4.3 * columns, 7.6), sharey=True)
    panels = list(axes.flat)
    handles: dict[str, Any] = {}
    for axis, (name, family) in zip(panels, families.items(), strict=False):
        _panel(axis, family, [r for r in report["rows"] if r["family"] == name], handles)
    for axis in axes[:, 0]:
        axis.set_ylabel("seconds, first call in a fresh process")
    for axis in panels[len(families) :]:
        axis.axis("off")
    labels = [STYLES[m][0] for m in STYLES if m in handles]
    panels[len(families)].legend(
        [handles[m] for m in STYLES if m in handles], labels, loc="center", frameon=False
    )
    title = "What an exact proof costs, beside checks by finite differences"
    figure.suptitle(title + " (interrupted)" * (not report["complete"]), fontsize=14)
    figure.tight_layout()
    paths = [stem.with_suffix(end) for end in (".svg", ".png")]
    for path in paths:
        figure.savefig(path, dpi=130, metadata={"Date": None} if path.suffix == ".svg" else {})
    pyplot.close(figure)
    return paths


def _panel(axis: Any, family: dict[str, Any], rows: list[dict[str, Any]], handles: dict[str, Any]) -> None:
    for method, (_, colour, dash) in STYLES.items():
        points = [(r["size"], r["first"]) for r in rows if r["method"] == method and r["first"]]
        if not points:
            continue
        x, y = zip(*points, strict=True)
        wide = 2.6 if method == "numpy" else 1.6
        (handles[method],) = axis.plot(x, y, dash, color=colour, linewidth=wide, marker="o", markersize=4)
        slope = timing.exponent(x, y)
        if method == "numpy" and slope is not None:
            text = f"$\\sim {family['letter']}^{{{slope:.1f}}}$"
            axis.annotate(text, (x[-1], y[-1]), (-4, 8), textcoords="offset points", color=colour, ha="right")
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xticks(family["sizes"], [str(s) for s in family["sizes"]])
    axis.minorticks_off()
    axis.margins(y=0.12)
    axis.yaxis.set_major_formatter("{x:g}")
    axis.grid(alpha=0.25)
    axis.set_title(f"{family['title']} ({family['fixed']})", fontsize=11)
    axis.set_xlabel({"T": "length T", "L": "depth L"}.get(family["letter"], f"width {family['letter']}"))
    axis.spines[["top", "right"]].set_visible(False)
