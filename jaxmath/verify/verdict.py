"""Verdicts are frozen data: what was asked, what was found, and what the finding rests on."""

import dataclasses
import json
import math
from typing import Any, Literal

Verdict = Literal["proved", "certified", "measured", "refuted", "unknown"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Witness:
    """A point at which floating point shows the two sides to differ.

    Attributes:
      inputs: pairs of argument path and nested list of values (float64).
      output: path and index of the first entry of the output that differs, such as `[0][2, 1]`.
      left: the left side there.
      right: the right side there.
    """

    inputs: tuple[tuple[str, Any], ...] = ()
    output: str = ""
    left: float | str = math.nan
    right: float | str = math.nan

    def __str__(self) -> str:
        return f"output{self.output} is {self.left} on the left, {self.right} on the right"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Certificate:
    """The outcome of one question put to the engine.

    Attributes:
      kind: what was asked (`identity`, `vjp`, `jvp`, `independence`, `bound`, ...).
      verdict: the answer. Only the engine writes it.
      reason: why the answer is `unknown` or `refuted`, in words for a person; empty otherwise.
      detail: what is shown beside the verdict for kinds that are not proofs over a field.
      args: the arguments' types, in order (`float32[2,3]`).
      method: how the answer was reached (the model in which exp, roots, constants and max were read).
      points: random points evaluated.
      compared: the least number of points at which an entry of the output was defined and compared.
      coverage: the share of entries of the output compared at three points or more.
      error_bound: probability of a false `proved`, where a named theorem gives one; else `None`.
      error_estimate: the same as a heuristic figure, where no theorem applies; else `None`.
      theorem: the theorem behind `error_bound`.
      assumptions: everything taken for granted beyond the arguments, with file and line.
      readings: floating constants read as exact numbers, with file and line.
      branches: comparisons of unknown values met; the proof holds on the sampled order cells.
      primitives: primitives met and how often.
      versions: versions of what was traced and of what traced it.
      witness: a confirmed counterexample, if refuted.
      seed: the seed of the random points.
      failure: the probability of a false `proved` that was asked for.
    """

    kind: str
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    args: tuple[str, ...] = ()
    method: str = ""
    points: int = 0
    compared: int = 0
    coverage: float = 0.0
    error_bound: float | None = None
    error_estimate: float | None = None
    theorem: str | None = None
    assumptions: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    branches: int = 0
    primitives: tuple[tuple[str, int], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    witness: Witness | None = None
    seed: int = 0
    failure: float = 2.0**-60

    @property
    def held(self) -> bool:
        """Whether the question was answered with yes."""
        return self.verdict in ("proved", "certified", "measured")

    def to_dict(self) -> dict[str, Any]:
        """The certificate as plain data, the same for the same question and seed."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """`to_dict` as JSON with sorted keys, byte for byte the same for the same question and seed."""
        return json.dumps(self.to_dict(), sort_keys=True, indent=2, default=str)

    def __str__(self) -> str:
        text = self._evidence()
        return self.verdict + (text if text.startswith(":") else f" {text}" if text else "")

    def _evidence(self) -> str:
        if self.verdict == "refuted":
            return f": witness {self.witness}" if self.witness else f": {self.reason}"
        if self.verdict == "unknown":
            return f": {self.reason}"
        if self.detail:
            return self.detail
        if self.error_bound is not None:
            return f"(error bound {power_of_two(self.error_bound)}, {self.theorem})"
        if self.error_estimate is not None:
            return f"(estimate {power_of_two(self.error_estimate)})"
        return ""


def power_of_two(probability: float) -> str:
    """Writes a probability as a power of two, rounded up: `2^-62`."""
    if probability <= 0.0:
        return "0"
    return f"2^{math.ceil(math.log2(probability))}"
