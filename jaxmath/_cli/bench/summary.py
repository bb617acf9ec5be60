"""From a record to figures: medians, spreads, rates, shares of the possible, exponents."""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from jaxmath._cli.bench import measure, plan, predict
from jaxmath._cli.bench.protocol import Bench, Setting
from jaxmath.verify import scaling

POINTS = 5  # an exponent is fitted through the largest sizes: small ones tell of overheads


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """One peer in one cell.

    Attributes:
      peer: whose figures these are.
      setting: the value of every axis.
      mode: forward, gradient, jvp or hvp.
      axis: the axis that varies.
      size: its value.
      seconds: the median over the samples.
      spread: half the distance of the quartiles, as a share of the median.
      rate: FLOP/s of the products that cannot be avoided.
      share: the least time that the machine's ceilings allow, as a share of the time taken.
      limit: the ceiling that sets this least time.
      memory: MiB above the inputs, resident or on the accelerator.
      planned: MiB of temporaries, as XLA plans them; None for others.
      compiling: seconds of tracing and compiling; None for others.
    """

    peer: str
    setting: Setting
    mode: str
    axis: str
    size: int
    seconds: float
    spread: float
    rate: float
    share: float | None
    limit: str
    memory: float
    planned: float | None
    compiling: float | None

    @property
    def series(self) -> str:
        """The same for rows that differ along their axis only."""
        return plan.Cell(self.setting, self.mode, self.axis).series


def rows(bench: Bench, document: Mapping[str, Any]) -> list[Row]:
    """All runs of a record."""
    ceilings = measure.best(document["ceilings"])
    return [_row(bench, ceilings, run) for run in document["runs"]]


def _row(bench: Bench, ceilings: Mapping[str, float], run: Mapping[str, Any]) -> Row:
    seconds, work = statistics.median(run["seconds"]), bench.work(run["setting"], run["mode"])
    parts = {f"product {run['setting'].get('dtype')}": work.flops, "bandwidth": work.moved, "exp": work.exps}
    least = {name: amount / ceilings[name] for name, amount in parts.items() if ceilings.get(name)}
    limit = max(least, key=lambda name: least[name], default="")
    return Row(
        peer=run["peer"],
        setting=run["setting"],
        mode=run["mode"],
        axis=run["axis"],
        size=predict.size(run, run["axis"]),
        seconds=seconds,
        spread=_spread(run["seconds"]),
        rate=work.flops / seconds,
        share=least[limit] / seconds if limit else None,
        limit=limit,
        memory=predict.grown(run),
        planned=run.get("xla_temp_mib"),
        compiling=run["tracing"] + run["compiling"] if "compiling" in run else None,
    )


def _spread(samples: Sequence[float]) -> float:
    if len(samples) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(samples, n=4, method="inclusive")
    return (high - low) / 2 / middle


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exponent:
    """How time or memory of a peer grows along an axis.

    Attributes:
      peer: whose figure this is.
      series: the cells that it is fitted through.
      mode: forward, gradient, jvp or hvp.
      axis: the axis that varies.
      of: `time` or `memory`.
      sizes: the sizes that it is fitted through.
      costs: the medians there.
      growth: the exponent and its interval.
      theory: the exponent that theory gives, None if it gives none.
    """

    peer: str
    series: str
    mode: str
    axis: str
    of: str
    sizes: tuple[int, ...]
    costs: tuple[float, ...]
    growth: scaling.Growth
    theory: float | None


def exponents(bench: Bench, found: Sequence[Row]) -> list[Exponent]:
    """All exponents for which there are three sizes or more."""
    out = []
    for series, peer in dict.fromkeys((row.series, row.peer) for row in found):
        own = sorted((r for r in found if (r.series, r.peer) == (series, peer)), key=lambda row: row.size)
        for of, cost in (("time", lambda r: r.seconds), ("memory", lambda r: r.memory)):
            points = [(r.size, cost(r) / bench.each(r.setting)) for r in own if cost(r) > 0][-POINTS:]
            if len(points) < 3:
                continue
            sizes, costs = zip(*points, strict=True)
            out.append(
                Exponent(
                    peer=peer,
                    series=series,
                    mode=own[0].mode,
                    axis=own[0].axis,
                    of=of,
                    sizes=sizes,
                    costs=costs,
                    growth=scaling.growth(sizes, costs),
                    theory=bench.exponent(own[0].axis, own[0].mode, of),
                )
            )
    return out


def described(bench: Bench, setting: Setting, axis: str) -> str:
    """The axes that do not vary, in words: `causal, B=1, H=8, d=64, float32`."""
    told = []
    for name, value in setting.items():
        if name in (axis, "tokens") or (name == "batch" and setting.get("tokens")):
            continue
        if isinstance(value, bool):
            told.append(name if value else f"not {name}")
        else:
            told.append(str(value) if name == "dtype" else f"{bench.letters[name]}={value}")
    if setting.get("tokens"):
        told.append(f"{setting['tokens']} tokens")
    return ", ".join(told)
