"""Scaling claims about what was measured: one for each series of this library, with a false neighbour."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxmath._cli.bench import find, record, summary
from jaxmath._cli.bench.protocol import Bench
from jaxmath._cli.bench.summary import Exponent
from jaxmath.verify import scaling
from jaxmath.verify.statement import Claim


def recorded(path: Path) -> list[Claim]:
    """The claims that a record of `jaxmath bench` decides.

    Raises:
      UnusableError: if the file is no such record.
    """
    document = record.read(path)
    return claims(find.bench(document["benchmark"]), document)


def claims(bench: Bench, document: Mapping[str, Any]) -> list[Claim]:
    """One claim for each exponent of the subject that theory gives."""
    found = summary.rows(bench, document)
    settings = {row.series: row.setting for row in found}
    own = [e for e in summary.exponents(bench, found) if e.peer == bench.subject and e.theory is not None]
    return [_claim(bench, each, settings[each.series], document) for each in own]


def _claim(bench: Bench, found: Exponent, setting: Mapping[str, Any], document: Mapping[str, Any]) -> Claim:
    letter, told = bench.letters[found.axis], summary.described(bench, dict(setting), found.axis)
    assert found.theory is not None
    order = f"{letter}^{found.theory:g}"
    costs = dict(zip(found.sizes, found.costs, strict=True))
    name = f"{found.of} of {bench.name} {found.mode} is of order {order} ({told})"
    claim = Claim(
        function=_sides(
            costs, found.theory, f"{found.of} of {bench.name}, {found.mode}, grows like {order}: {told}."
        ),
        kind="scaling",
        judge=scaling.scaling,
        source=f"theory; measured on {document['device']['kind']}",
        options=scaling.options({letter: found.sizes}, found.of, 0.5),
        label=name,
    )
    # The popular mistake: one power fewer, or, of what is linear, one more.
    wrong = found.theory - 1 if found.theory > 1 else found.theory + 1
    false = _sides(costs, wrong, f"{letter}^{wrong:g}")
    false.__name__ = f"{found.of} of {bench.name} {found.mode} is of order {letter}^{wrong:g} ({told})"
    claim.mutant(false)
    return claim


def _sides(costs: Mapping[int, float], power: float, statement: str) -> Callable[..., tuple[float, float]]:
    def sides(size: int) -> tuple[float, float]:
        return costs[size], size**power

    sides.__doc__ = statement
    return sides


def judged(found: Sequence[Claim]) -> list[dict[str, Any]]:
    """Verdicts on claims and on their mutants, as plain data for a record."""
    return [
        {"claim": claim.name, "certificate": claim.check().to_dict()}
        | {"mutants": [{"claim": m.name, "certificate": m.check().to_dict()} for m in claim.mutants]}
        for claim in found
    ]
