"""The lines below the table: what its figures mean, and the count."""

from collections.abc import Iterator, Sequence

from jaxmath._cli.rows import Row

VERDICTS = ("proved", "certified", "measured", "refuted", "unknown")


def footer(rows: Sequence[Row], seconds: float, interrupted: bool = False) -> list[str]:
    """The notes below the table and, last, the count."""
    return [*_notes(rows), count(rows, seconds, interrupted)]


def count(rows: Sequence[Row], seconds: float, interrupted: bool = False) -> str:
    """All verdicts counted, in one line."""
    sorts = sorted_by_noun(rows)
    parts = [_tally(noun, sort) for noun, sort in sorts.items() if sort] or [_tally("claim", [])]
    return ("interrupted after " if interrupted else "") + "; ".join(parts) + f"; {seconds:.1f} s"


def sorted_by_noun(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows that are claims, mutants, traps (popular and false), and truths in their place."""
    sorts: dict[str, list[Row]] = {"claim": [], "mutant": [], "trap": [], "truth": []}
    for row in rows:
        sorts[row.neighbours if row.mutant_of else "trap" if row.trap else "claim"].append(row)
    return sorts


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How often each verdict was reached."""
    found = [row.certificate.verdict for row in rows]
    return {verdict: found.count(verdict) for verdict in VERDICTS if verdict in found}


def numbers(rows: Sequence[Row]) -> str:
    """How many claims and traps there are: `393 claims, 21 traps`."""
    sorts = {noun: sort for noun, sort in sorted_by_noun(rows).items() if sort} or {"claim": []}
    return ", ".join(_number(noun, sort) for noun, sort in sorts.items())


def _tally(noun: str, rows: Sequence[Row]) -> str:
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts(rows).items())
    return _number(noun, rows) + (f": {told}" if told else "")


def _number(noun: str, rows: Sequence[Row]) -> str:
    return f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}"


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    held = [row.certificate for row in rows if row.held and not row.mutant_of and not row.is_false]
    theorems = sorted({c.theorem for c in held if c.error_bound is not None and c.theorem})
    if theorems:
        yield f"error bound: probability of a false proof, by {' or '.join(theorems)}."
    if any(c.error_bound is None and c.error_estimate is not None for c in held):
        yield "estimate: probability of a false proof, by a measured rate; no theorem gives a bound."
    assumed = sum(bool(c.assumptions) for c in held)
    if assumed:
        yield f"*: rests on assumptions ({assumed} of these), which --verbose and --json list."
    bare = [row.name for row in rows if not row.mutant_of and not row.mutants and row.kind != "import"]
    if any(row.trap for row in rows):
        yield "trap: a statement that is popular and false; that it is refuted is as it should be."
    if bare and any(row.mutant_of for row in rows):
        yield f"without a mutant, so that nothing shows what would be refuted: {', '.join(bare)}."
