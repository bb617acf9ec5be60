"""A plan as a picture."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxmath._cli.plan.options import unusable
from jaxmath._cli.plan.tables import duration, quantity
from jaxmath.definitions import chinchilla_loss
from jaxmath.definitions.plan import Plan

_NONE = "nothing fits"
# Colours that stay apart for colour-blind readers (Okabe & Ito).
_COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#CC79A7")


def draw(plan: Plan, title: str, path: Path) -> None:
    """Draws memory, time of a step, and the loss of all sizes that cost as much.

    Raises:
      UnusableError: if Matplotlib is not installed.
    """
    try:
        figures = importlib.import_module("matplotlib.figure")
        matplotlib = importlib.import_module("matplotlib")
    except ImportError:
        raise unusable(
            "--plot needs Matplotlib, which is not installed.\n"
            "  Install it with: pip install 'jaxmath[bench]'"
        ) from None
    with matplotlib.rc_context({"font.size": 10, "svg.hashsalt": "jaxmath", "svg.fonttype": "none"}):
        figure = figures.Figure(figsize=(13, 3.8), layout="constrained")
        memory, step, law = figure.subplots(1, 3)
        limit, total = plan.machine.memory, plan.seconds.get("total", 0.0)
        used = (
            f"{quantity(sum(plan.memory.values()), 'B')} of {quantity(limit, 'B')}" if plan.layout else _NONE
        )
        _stack(memory, plan.memory, limit, f"memory of a device: {used}", lambda x: quantity(x, "B"))
        spent = {name: value for name, value in plan.seconds.items() if name != "total"}
        _stack(step, spent, total, f"a step: {duration(total) if plan.layout else _NONE}", duration)
        _law(law, plan)
        figure.suptitle(title)
        figure.savefig(path, dpi=130, metadata={"Date": None} if path.suffix == ".svg" else None)


def _stack(axis: Any, parts: Mapping[str, float], limit: float, title: str, told: Any) -> None:
    shown = [(name, value) for name, value in parts.items() if value]
    places = range(len(shown))
    axis.barh(places, [value for _, value in shown], color=[_COLOURS[i % len(_COLOURS)] for i in places])
    axis.set_yticks(places, [name for name, _ in shown])
    axis.invert_yaxis()
    for i, (_, value) in enumerate(shown):
        axis.annotate(told(value), (value, i), (4, 0), textcoords="offset points", va="center")
    if shown:
        axis.axvline(limit, color="#D55E00", linestyle="--")
    axis.set_title(title)
    axis.margins(x=0.25)
    axis.set_xticks([])
    axis.spines[["top", "right", "bottom"]].set_visible(False)


def _law(axis: Any, plan: Plan) -> None:
    o = plan.optimum
    # Along a curve of equal cost the data shrinks as the size grows.
    sizes = o.best_parameters * np.geomspace(1 / 30, 30, 121)
    losses = [float(chinchilla_loss(float(n), float(o.best_parameters * o.best_tokens / n))) for n in sizes]
    axis.plot(sizes, losses, color="#0072B2", label=f"{plan.flops:.3g} operations")
    axis.plot(
        [o.best_parameters], [o.best_loss], "o", color="#009E73", label=f"best: {quantity(o.best_parameters)}"
    )
    axis.plot([plan.active], [o.loss], "s", color="#D55E00", label=f"this run: {quantity(plan.active)}")
    axis.set_xscale("log")
    axis.set_title("predicted loss (Besiroglu et al. 2024)")
    axis.set_xlabel("parameters")
    axis.grid(alpha=0.25)
    axis.legend(frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
