r"""Whether a new record is faster than an old one, as far as noise lets one see.

For each cell that both hold, the ratio of the new time to the old has a distribution-free interval of
99 %: the order statistics, of all ratios of a new sample to an old one, that belong to the rank-sum test
(Hodges and Lehmann 1963). Samples of one run share the machine's state of the day, which this interval does
not know. Peers whose versions are the same in both records tell: nothing about them has changed, so that
their ratios are this noise alone. A change is called one only beyond nine tenths of these.
"""

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from jaxmath._cli.bench import plan

LEVEL = 0.99
Verdict = Literal["faster", "slower", "no difference that the noise allows to see"]
SAME: Verdict = "no difference that the noise allows to see"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One peer in one cell, then and now.

    Attributes:
      peer: whose figures these are.
      setting: the value of every axis.
      mode: forward, gradient, jvp or hvp.
      ratio: the new time over the old.
      low: the lower end of its interval.
      high: the upper end.
      verdict: what the interval says beyond the noise between runs.
    """

    peer: str
    setting: dict[str, Any]
    mode: str
    ratio: float
    low: float
    high: float
    verdict: Verdict


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """All changes, and the noise between runs that they were held against.

    Attributes:
      changes: one for each peer and cell that both records hold.
      noise: the factor by which times of unchanged peers differ, in nine of ten cases.
      controls: how many times of unchanged peers that rests on.
      notes: what else differs between the records.
    """

    changes: tuple[Change, ...]
    noise: float
    controls: int
    notes: tuple[str, ...]


def compare(old: Mapping[str, Any], new: Mapping[str, Any], subject: str) -> Comparison:
    """Compares two records of one benchmark."""
    then = {_key(run): run for run in old["runs"]}
    pairs = [(then[_key(run)], run) for run in new["runs"] if _key(run) in then]
    unchanged = [
        abs(math.log(interval(a["seconds"], b["seconds"])[0])) for a, b in pairs if _same(a, b, subject)
    ]
    noise = math.exp(_quantile(unchanged, 0.9)) if unchanged else 1.0
    changes = tuple(_change(a, b, noise) for a, b in pairs)
    return Comparison(changes=changes, noise=noise, controls=len(unchanged), notes=_notes(old, new))


def interval(old: Sequence[float], new: Sequence[float], level: float = LEVEL) -> tuple[float, float, float]:
    """The ratio of new to old times, and the ends of its interval; infinite with too few samples."""
    ratios = sorted(b / a for a in old for b in new)
    middle = _quantile(ratios, 0.5)
    cut = _rank(len(old), len(new), (1 - level) / 2)
    if cut == 0:
        return middle, 0.0, math.inf
    return middle, ratios[cut - 1], ratios[-cut]


@functools.cache
def _rank(m: int, n: int, tail: float) -> int:
    """The largest k with P(U < k) <= tail, for the rank-sum statistic U of m and n samples."""
    counts, total, below = _counts(m, n), math.comb(m + n, m), 0
    for k, count in enumerate(counts):
        below += count
        if below > tail * total:
            return k
    return 0


def _counts(m: int, n: int) -> list[int]:
    """How many arrangements give each value of the statistic: coefficients of the Gaussian binomial."""
    counts = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for k in range(m * n, n + i - 1, -1):
            counts[k] -= counts[k - n - i]
        for k in range(i, m * n + 1):
            counts[k] += counts[k - i]
    return counts


def _change(old: Mapping[str, Any], new: Mapping[str, Any], noise: float) -> Change:
    ratio, low, high = interval(old["seconds"], new["seconds"])
    verdict = SAME
    if high < 1 / noise:
        verdict = "faster"
    elif low > noise:
        verdict = "slower"
    return Change(
        peer=new["peer"],
        setting=new["setting"],
        mode=new["mode"],
        ratio=ratio,
        low=low,
        high=high,
        verdict=verdict,
    )


def _key(run: Mapping[str, Any]) -> tuple[str, str]:
    return plan.key(run["setting"], run["mode"]), run["peer"]


def _same(old: Mapping[str, Any], new: Mapping[str, Any], subject: str) -> bool:
    return not new["peer"].startswith(subject) and old.get("version") == new.get("version")


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    told = []
    for part in ("device", "versions"):
        for key in sorted({*old[part], *new[part]}):
            before, after = old[part].get(key), new[part].get(key)
            if before != after:
                told.append(f"{key}: {before} then, {after} now")
    return tuple(told)


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
