"""One row of the table: a claim, or one of its mutants, with what was found."""

import dataclasses
import time
from typing import Any

from jaxmath._cli.selection import Task, trouble
from jaxmath.claims import Chapter
from jaxmath.verify.claim import Claim
from jaxmath.verify.verdict import Certificate


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """What is shown and stored about one claim.

    Attributes:
      name: the claim's name, or the mutant's.
      component: the component that it belongs to.
      chapter: the component's chapter.
      kind: the kind of evidence.
      statement: the first paragraph of the docstring.
      source: where the statement is found.
      sizes: the size of each letter.
      certificate: what was found.
      seconds: how long that took.
      mutants: the names of its mutants.
      mutant_of: the claim that this is a mutant of; empty for claims.
    """

    name: str
    component: str
    chapter: Chapter
    kind: str
    statement: str
    source: str
    sizes: tuple[tuple[str, int], ...]
    certificate: Certificate
    seconds: float
    mutants: tuple[str, ...] = ()
    mutant_of: str = ""

    @property
    def held(self) -> bool:
        """Whether this is as it should be: a claim that held, or a mutant that was refuted."""
        return self.certificate.verdict == "refuted" if self.mutant_of else self.certificate.held

    @property
    def at(self) -> str:
        """The sizes in words: `n=2, m=5`."""
        return ", ".join(f"{letter}={size}" for letter, size in self.sizes)

    def to_dict(self) -> dict[str, Any]:
        """The row as plain data; only `seconds` differs from run to run."""
        out = described(self) | ({"mutant_of": self.mutant_of} if self.mutant_of else {})
        return out | {"certificate": self.certificate.to_dict(), "seconds": round(self.seconds, 4)}


def described(row: "Row") -> dict[str, Any]:
    """What is known of a claim without checking it, as plain data."""
    return {
        "name": row.name,
        "component": row.component,
        "chapter": {"number": row.chapter.number, "title": row.chapter.title},
        "kind": row.kind,
        "statement": row.statement,
        "source": row.source,
        "sizes": dict(row.sizes),
        "mutants": list(row.mutants),
    }


def row_of(task: Task, claim: Claim, certificate: Certificate, seconds: float = 0.0) -> Row:
    """The row of a claim of a task."""
    owner = claim.of or claim
    return Row(
        name=claim.name,
        component=task.component,
        chapter=task.chapter,
        kind=claim.kind,
        statement=claim.statement,
        source=claim.source,
        sizes=tuple(owner.at.items()),
        certificate=certificate,
        seconds=seconds,
        mutants=tuple(mutant.name for mutant in claim.mutants),
        mutant_of=owner.name if claim.of else "",
    )


def checked(task: Task, claim: Claim, seed: int, failure: float) -> Row:
    """Checks a claim and takes the time."""
    start = time.perf_counter()
    certificate = claim.check(seed=seed, failure=failure)
    return row_of(task, claim, certificate, time.perf_counter() - start)


def broken(task: Task, error: BaseException) -> Row:
    """The row that stands for a component whose claims could not be read."""
    reason = (
        f"{task.component}: its claims could not be imported.\n  {trouble(error)}\n"
        "  None of them was checked."
    )
    return Row(
        name=task.component,
        component=task.component,
        chapter=task.chapter,
        kind="import",
        statement="",
        source="",
        sizes=(),
        certificate=Certificate(kind="import", verdict="unknown", reason=reason),
        seconds=0.0,
    )
