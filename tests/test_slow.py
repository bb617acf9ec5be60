"""The list of slow tests is in order and names tests that are there."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LISTED = (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines()


def test_the_list_is_sorted():
    assert sorted(set(LISTED)) == LISTED


@pytest.mark.parametrize("path", sorted({name.partition("::")[0] for name in LISTED}))
def test_what_is_listed_is_there(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    listed = {name.partition("::")[2].partition("[")[0] for name in LISTED if name.startswith(f"{path}::")}
    assert listed <= there, "a test was renamed: rename it in tests/slow.txt"
