"""Writes JSON, whole or not at all."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(document: Mapping[str, Any], path: Path) -> None:
    """Writes a document to a file in one step, or to standard output if the path is `-`."""
    text = json.dumps(document, indent=2, default=str) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
