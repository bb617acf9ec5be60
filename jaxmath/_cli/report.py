"""The machine-readable side: one JSON document, the same for the same claims and seed."""

from collections.abc import Sequence
from typing import Any

from jaxmath._cli.rows import Row, described
from jaxmath._cli.tally import counts, sorted_by_noun
from jaxmath._cli.versions import versions
from jaxmath._cli.writing import write as write

SCHEMA = 1


def verified(rows: Sequence[Row], complete: bool) -> dict[str, Any]:
    """What `jaxmath verify --json` writes; only `seconds` differs from run to run."""
    sorts = sorted_by_noun(rows)
    return {
        "schema": SCHEMA,
        "versions": versions(),
        "complete": complete,
        **{f"{noun}s": [row.to_dict() for row in sort] for noun, sort in sorts.items()},
        "counts": {f"{noun}s": counts(sort) for noun, sort in sorts.items()},
    }


def listed(rows: Sequence[Row]) -> dict[str, Any]:
    """What `jaxmath list --json` writes."""
    return {"schema": SCHEMA, "versions": versions(), "claims": [described(row) for row in rows]}
