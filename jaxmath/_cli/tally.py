"""The lines below the table: what its figures mean, and the count."""

from collections.abc import Iterator, Sequence

from jaxmath._cli.rows import Row

VERDICTS = ("proved", "certified", "measured", "refuted", "unknown")


def footer(rows: Sequence[Row], seconds: float, interrupted: bool = False) -> list[str]:
    """The notes below the table and, last, the count."""
    return [*_notes(rows), count(rows, seconds, interrupted)]


def count(rows: Sequence[Row], seconds: float, interrupted: bool = False) -> str:
    """All verdicts counted, in one line."""
    claims = [row for row in rows if not row.mutant_of]
    mutants = [row for row in rows if row.mutant_of]
    parts = [_tally("claim", claims)] + ([_tally("mutant", mutants)] if mutants else [])
    return ("interrupted after " if interrupted else "") + "; ".join(parts) + f"; {seconds:.1f} s"


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How often each verdict was reached."""
    found = [row.certificate.verdict for row in rows]
    return {verdict: found.count(verdict) for verdict in VERDICTS if verdict in found}


def _tally(noun: str, rows: Sequence[Row]) -> str:
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts(rows).items())
    return f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}" + (f": {told}" if told else "")


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    held = [row.certificate for row in rows if row.held and not row.mutant_of]
    theorems = sorted({c.theorem for c in held if c.error_bound is not None and c.theorem})
    if theorems:
        yield f"error bound: probability of a false proof, by {' or '.join(theorems)}."
    if any(c.error_bound is None and c.error_estimate is not None for c in held):
        yield "estimate: probability of a false proof, by a measured rate; no theorem gives a bound."
    assumed = sum(bool(c.assumptions) for c in held)
    if assumed:
        yield f"*: rests on assumptions ({assumed} of these), which --verbose and --json list."
    bare = [row.name for row in rows if not row.mutant_of and not row.mutants and row.kind != "import"]
    if bare and any(row.mutant_of for row in rows):
        yield f"without a mutant, so that nothing shows what would be refuted: {', '.join(bare)}."
