"""Every claim holds, every mutant and every trap is refuted, and none is left out."""

import ast
import collections
import importlib
import types
import zlib
from pathlib import Path

import pytest

from jaxmath import claims
from jaxmath._cli.selection import Task
from jaxmath.verify.claim import Claim, claims_of

TASKS = [Task(c.name, c.chapter, c.module) for c in claims.components()]
FOUND = [(task, claim) for task in TASKS for claim in task.claims()]


def _every(n, name):
    """One of n by default, always the same; the others are slow."""
    return () if zlib.crc32(name.encode()) % n == 0 else (pytest.mark.slow,)


# `jaxmath verify` checks every claim; here, where annotations are executed too, a part by default.
CLAIMS = [
    pytest.param(claim, id=f"{task.component}-{claim.name}", marks=_every(10, claim.name))
    for task, claim in FOUND
]
MUTANTS = [
    pytest.param(mutant, id=f"{task.component}-{mutant.name}", marks=_every(12, mutant.name))
    for task, claim in FOUND
    for mutant in claim.mutants
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_holds_or_trap_is_refuted(claim):
    certificate = claim.check()
    assert claim.stands(certificate), str(certificate)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutant_is_refuted_or_truth_holds(mutant):
    certificate = mutant.check()
    assert mutant.stands(certificate), str(certificate)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.module)
def test_claims_are_complete(task):
    claims = [x for claim in task.claims() for x in (claim, *(m for m in claim.mutants if m.trap))]
    for claim in claims:
        assert claim.statement, f"{claim.name}: a claim's docstring is its statement"
        assert claim.source.strip(), f"{claim.name}: a claim names its source"
        told = "a claim has a false neighbour that is refuted, a trap a true one"
        assert claim.mutants or claim.of, f"{claim.name}: {told}"


def test_what_takes_the_place_of_a_trap_is_a_claim():
    names = {claim.name for _, claim in FOUND if not claim.trap}
    assert {claim.instead for _, claim in FOUND if claim.instead} <= names
    assert not [claim.name for _, claim in FOUND if claim.instead and not claim.trap]


def test_traps_are_where_they_are_looked_for():
    assert [claim.name for task, claim in FOUND if claim.trap != (task.component == "traps")] == []


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.module)
def test_no_function_of_a_module_of_claims_is_left_out(task):
    """A public function that is no claim is one whose decorator was forgotten."""
    module = importlib.import_module(task.module)
    bare = [
        name
        for name, value in vars(module).items()
        if isinstance(value, types.FunctionType) and value.__module__ == task.module and name[0] != "_"
    ]
    assert not bare, "decorate these, or begin their names with an underscore"


@pytest.mark.parametrize("component", sorted({task.component for task in TASKS}))
def test_a_name_is_a_name_of_one_claim(component):
    found = [claim for task, claim in FOUND if task.component == component]
    names = collections.Counter(each.name for claim in found for each in (claim, *claim.mutants))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.module)
def test_no_claim_is_overwritten(task):
    """Of two functions of one name in a module, Python would forget the first."""
    source = Path(importlib.import_module(task.module).__file__).read_text(encoding="utf-8")
    names = collections.Counter(
        node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_every_module_of_claims_has_its_chapter():
    assert not [c.name for c in claims.components() if c.chapter.title == "Other"]


def test_claims_of_finds_claims_only():
    assert all(isinstance(claim, Claim) for _, claim in FOUND)
    assert claims_of(claims) == []
