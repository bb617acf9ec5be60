"""The floors of the house: who may import whom, and that equal names mean equal things."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "jaxmath"
GROUND = {"notation", "invariants", "_invariant"}
ROOF = {"claims", "__main__", "_cli"}
PILLARS = {"definitions", "kernels", "verify"}
PEERS = {"flax", "optax", "chex", "torch", "transformers", "tokamax", "equinox"}

# floor: the floors it may import, and the libraries it may not
TABLE = {
    "ground": (GROUND, PEERS - {"chex"} | {"numpy"}),
    "definitions": (GROUND | {"definitions"}, PEERS | {"numpy"}),
    "kernels": (GROUND | {"kernels"}, PEERS | {"numpy"}),
    "verify": ({"verify"}, PEERS),
    "modules": (GROUND | {"definitions", "kernels", "modules"}, PEERS - {"flax"}),
    "models": (GROUND | {"definitions", "kernels", "modules", "models"}, PEERS - {"flax", "transformers"}),
    "claims": (GROUND | PILLARS | {"modules", "models", "claims"}, set()),
    "roof": (GROUND | PILLARS | {"modules", "models"} | ROOF, PEERS),
    "__init__": (GROUND | {"definitions", "kernels", "modules", "models"}, PEERS),
    "tests": (GROUND | PILLARS | {"modules", "models", "__init__"} | ROOF, {"benchmarks"}),
    "benchmarks": (GROUND | PILLARS | {"modules", "models", "__init__"} | ROOF, {"tests"}),
}
FILES = [path for top in ("jaxmath", "tests", "benchmarks") for path in sorted((ROOT / top).rglob("*.py"))]


def floor_of(path):
    top, *rest = path.relative_to(ROOT).with_suffix("").parts
    name = rest[0] if top == "jaxmath" else top
    return "ground" if name in GROUND else "roof" if name in ROOF - {"claims"} else name


def imports_of(path):
    """Everything a file imports, in full (`jaxmath.verify.claim`), wherever the statement stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides the floor; write it out."
            yield from (f"{node.module}.{name.name}" for name in node.names)


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_stay_on_their_floors(path):
    floors, strangers = TABLE[floor_of(path)]
    for name in imports_of(path):
        library, _, rest = name.partition(".")
        assert library not in strangers, f"{floor_of(path)} may not import {library}"
        if library == "jaxmath":
            assert (rest.split(".")[0] or "__init__") in floors, f"{floor_of(path)} may not import {name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_are_plain_and_at_the_top(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.names[0].name != "*", f"line {node.lineno}: name what you import"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = [x for x in ast.walk(node) if isinstance(x, ast.Import | ast.ImportFrom)]
            assert not inside, f"line {inside[0].lineno}: move the import to the top"


@pytest.mark.parametrize("floor", ["kernels", "modules", "claims"])
def test_same_name_same_thing(floor):
    names = {path.stem for path in (HOUSE / floor).glob("[!_]*")} - {"peers", "traps"}
    assert names <= {path.stem for path in (HOUSE / "definitions").iterdir()}


def test_importing_jaxmath_loads_no_engine_and_starts_no_device():
    program = (
        "import jaxmath, sys; from jax._src import xla_bridge; "
        "print(sorted(x for x in sys.modules if x.startswith(('jaxmath.verify', 'jaxmath.claims'))), "
        "xla_bridge.backends_are_initialized())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[] False\n"
