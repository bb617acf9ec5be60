"""The machine-readable side: one JSON document, the same for the same claims and seed."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxmath._cli.rows import Row, described
from jaxmath._cli.tally import counts
from jaxmath._cli.versions import versions

SCHEMA = 1


def verified(rows: Sequence[Row], complete: bool) -> dict[str, Any]:
    """What `jaxmath verify --json` writes; only `seconds` differs from run to run."""
    return {
        "schema": SCHEMA,
        "versions": versions(),
        "complete": complete,
        "claims": [row.to_dict() for row in rows if not row.mutant_of],
        "mutants": [row.to_dict() for row in rows if row.mutant_of],
        "counts": {
            "claims": counts([row for row in rows if not row.mutant_of]),
            "mutants": counts([row for row in rows if row.mutant_of]),
        },
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
