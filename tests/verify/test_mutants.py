"""A thousand programs with one equation changed: none that differs is proved."""

import collections
import functools
import itertools
from collections.abc import Iterable

import jax
import pytest
from jax.extend import core

from jaxmath import verify
from jaxmath.verify import ladder
from tests.verify import _mutate
from tests.verify._programs import PROGRAMS

SAMPLE = 3  # mutants of a program in the default run
FEW_MODELS = 2  # tried there before the answer is `unknown`; the slow run tries MANY_MODELS
MANY_MODELS = 12
AT_LEAST_REFUTED = 0.8


@functools.cache
def traced(name):
    return jax.make_jaxpr(PROGRAMS[name].run)(*PROGRAMS[name].specs)


@functools.cache
def points(name):
    at = _mutate.points(traced(name))
    return at, _mutate.values(traced(name), at)


def ask(name, mutant):
    """A program against its mutant, or a function against a mutant of its pullback."""
    program, run = PROGRAMS[name], core.jaxpr_as_fun(mutant)
    if program.forward is None:
        return verify.prove_identity(core.jaxpr_as_fun(traced(name)), run, *program.specs)
    return verify.prove_vjp(program.forward, lambda *args: tuple(run(*args)), *program.specs[:-1])


def agree(name, mutant):
    """Whether JAX in float64 sees no difference at many points."""
    at, values = points(name)
    return _mutate.agree(values, _mutate.values(mutant, at))


def mutants(name) -> Iterable[tuple[_mutate.Change, core.ClosedJaxpr]]:
    """Those that differ from the program and from each other as text."""
    seen = set()
    for change in spread(_mutate.changes(traced(name))):
        mutant = _mutate.mutant(traced(name), change)
        if mutant is not None and str(mutant) not in seen:
            seen.add(str(mutant))
            yield change, mutant


def spread(changes):
    """The same in another order: neighbours end up far apart, the same in every run."""
    stride = next(n for n in (37, 41, 43) if len(changes) % n)
    return [changes[i * stride % len(changes)] for i in range(len(changes))]


class Tally:
    """What became of mutants; one that is proved has to be equal in floating point."""

    def __init__(self):
        self.counts = collections.Counter()
        self.false = []

    def add(self, name, change, mutant):
        verdict = ask(name, mutant).verdict
        self.counts[verdict] += 1
        if verdict == "proved" and not agree(name, mutant):
            self.false.append(f"{name} {change}")

    @property
    def share(self):
        """The share of refuted ones, where all that are unknown are taken to differ."""
        return self.counts["refuted"] / max(self.counts["refuted"] + self.counts["unknown"], 1)

    def __str__(self):
        counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(self.counts.items()))
        return f"{self.counts.total()} mutants: {counts}; {self.share:.0%} of those not proved are refuted"


def models(monkeypatch, most):
    """Lets the engine try so many models."""
    whole = ladder.ladder
    monkeypatch.setattr(ladder, "ladder", lambda *args: itertools.islice(whole(*args), most))


def tally(names, most):
    out = Tally()
    for name in names:
        for change, mutant in itertools.islice(mutants(name), most):
            out.add(name, change, mutant)
    return out


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_itself_is_proved(name):
    assert ask(name, traced(name)).verdict == "proved"


HALVES = {"first": list(PROGRAMS)[::2], "second": list(PROGRAMS)[1::2]}


@pytest.mark.parametrize("half", HALVES)
def test_no_mutant_of_a_sample_is_proved(half, monkeypatch):
    models(monkeypatch, FEW_MODELS)
    found = tally(HALVES[half], SAMPLE)
    assert not found.false, f"{found}; false proofs: {found.false}"
    assert found.share >= AT_LEAST_REFUTED, str(found)
    assert found.counts.total() >= 25, str(found)


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_no_mutant_at_all_is_proved(half, monkeypatch, record_property):
    models(monkeypatch, MANY_MODELS)
    found = tally(HALVES[half], None)
    record_property("tally", str(found))
    assert not found.false, f"{found}; false proofs: {found.false}"
    assert found.share >= AT_LEAST_REFUTED, str(found)
    assert found.counts.total() >= 500, str(found)


# The machinery itself.


def test_a_mutant_differs_from_its_program_in_one_equation():
    def f(x, y):
        return x - y * 2.0

    closed = jax.make_jaxpr(f)(1.0, 2.0)
    found = {str(c): _mutate.mutant(closed, c) for c in _mutate.changes(closed)}
    assert set(found) == {
        *(f"mul[0]: {name}" for name in ("add", "sub", "div", "constant times 1.01")),
        *(f"sub[1]: {name}" for name in ("add", "mul", "div", "operands")),
    }
    at = [jax.numpy.ones((1,)), jax.numpy.full((1,), 3.0)]
    values = {name: float(_mutate.values(mutant, at)[0][0]) for name, mutant in found.items()}
    assert values["mul[0]: add"] == 1.0 - 5.0
    assert values["sub[1]: operands"] == 6.0 - 1.0
    assert values["sub[1]: div"] == 1.0 / 6.0
    assert values["mul[0]: constant times 1.01"] == pytest.approx(1.0 - 3.0 * 2.02, rel=1e-6)


def test_equations_inside_a_loop_are_changed_too():
    def f(xs):
        return jax.lax.scan(lambda c, x: (c + x, None), 0.0, xs)[0]

    closed = jax.make_jaxpr(f)(jax.numpy.ones(3))
    inside = [c for c in _mutate.changes(closed) if len(c.path) == 2]
    assert {c.name for c in inside} >= {"sub", "mul"}
    mutant = _mutate.mutant(closed, next(c for c in inside if c.name == "sub"))
    assert float(_mutate.values(mutant, [jax.numpy.ones((1, 3))])[0][0]) == -3.0


@pytest.mark.parametrize("factor", [1 + 1e-8, -1.0])
def test_values_that_differ_do_not_agree(factor):
    a = jax.numpy.arange(4.0)
    assert _mutate.agree([a], [a])
    with jax.enable_x64(True):
        wide = jax.numpy.arange(4.0)
        assert not _mutate.agree([wide], [wide * factor])
