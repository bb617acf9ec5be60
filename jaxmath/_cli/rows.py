"""One row of the table: a claim, a trap, or the neighbour of one, with what was found."""

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
      mutants: the names of its mutants; of a trap, of what is true in its place.
      mutant_of: the claim or trap that this is the neighbour of; empty for claims and traps.
      trap: whether this is a popular statement that is false, or the neighbour of one.
      instead: the name of a claim elsewhere that takes the place of a trap.
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
    trap: bool = False
    instead: str = ""

    @property
    def is_false(self) -> bool:
        """Whether this has to be refuted: a mutant of a claim, or a trap."""
        return self.trap != bool(self.mutant_of)

    @property
    def held(self) -> bool:
        """Whether this is as it should be: what is true held, what is false was refuted."""
        return self.certificate.verdict == "refuted" if self.is_false else self.certificate.held

    @property
    def neighbours(self) -> str:
        """What its neighbours are called: `truth` beside a trap, else `mutant`."""
        return "truth" if self.trap else "mutant"

    @property
    def at(self) -> str:
        """The sizes in words: `n=2, m=5`."""
        return ", ".join(f"{letter}={size}" for letter, size in self.sizes)

    def to_dict(self) -> dict[str, Any]:
        """The row as plain data; only `seconds` differs from run to run."""
        out = described(self) | ({f"{self.neighbours}_of": self.mutant_of} if self.mutant_of else {})
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
        **_neighbours(row),
    }


def _neighbours(row: "Row") -> dict[str, Any]:
    if not row.trap:
        return {"mutants": list(row.mutants)}
    return {"truths": list(row.mutants), "instead": row.instead}


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
        sizes=tuple(claim.at.items()),
        certificate=certificate,
        seconds=seconds,
        mutants=tuple(mutant.name for mutant in claim.mutants),
        mutant_of=owner.name if claim.of else "",
        trap=claim.trap,
        instead=claim.instead,
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
