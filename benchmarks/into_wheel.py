"""A hook of the build: puts the benchmarks into a wheel, as `jaxmath/_benchmarks`."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IntoWheel(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable installation finds them in the checkout."""
        if version == "editable":
            return
        here = Path(self.root, "benchmarks")
        for path in sorted(here.rglob("*.py")):
            build_data["force_include"][str(path)] = f"jaxmath/_benchmarks/{path.relative_to(here)}"
