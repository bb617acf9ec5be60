"""The machine-readable side: one JSON document, the same for the same claims and seed."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxmath._cli.rows import Row, described
from jaxmath._cli.tally import counts, sorted_by_noun
from jaxmath._cli.versions import versions

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


def write(document: Mapping[str, Any], path: Path) -> None:
    """Writes a document to a file in one step, or to standard output if the path is `-`."""
    text = json.dumps(document, indent=2, default=str) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
