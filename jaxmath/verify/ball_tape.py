"""A program as a list of operations on single numbers, simplified once and then run on many boxes.

Walking a jaxpr over symbols instead of balls records the tape. Every value is a linear form with
rational coefficients in the results of nonlinear operations, and equal operations are recorded once.
Differences cancel: `x - max(x, y)` is evaluated as `-max(0, y - x)`, and one exponential over a sum of
exponentials as one over a sum, so that the shift of a softmax is seen to change nothing. This is exact
algebra over the reals; it makes enclosures on wide boxes narrow.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from jaxmath.verify.ball_dual import Dual, tightened, value
from jaxmath.verify.ball_form import EXP, is_multiple, is_single
from jaxmath.verify.ball_form import Form as Form
from jaxmath.verify.ball_steps import Step, chosen, greatest, linear
from jaxmath.verify.ball_steps import Truth as Truth

Key = tuple[Any, ...]


class Tape:
    """Operations in the order in which they were recorded."""

    def __init__(self) -> None:
        """Starts empty."""
        self.steps: list[Step] = []
        self.inputs = 0
        self._needs: list[tuple[int, ...]] = [()]
        self._places: dict[Key, int] = {}
        self.exponents: dict[int, Form] = {}
        self._members: dict[int, tuple[Form, ...]] = {}
        self._total: set[int] = set()
        self._positive: set[int] = set()

    def input(self) -> Form:
        """The next unknown."""
        n = self.inputs
        self.inputs += 1
        return self.recorded(("input", n), lambda env: env[0][n], (), total=True)

    def recorded(
        self, key: Key, step: Step, needs: tuple[int, ...], total: bool = False, positive: bool = False
    ) -> Form:
        """The result of an operation, recorded unless it was before; place 0 is that of the inputs.

        Args:
          key: what makes the operation the same as another.
          step: the operation on earlier results.
          needs: the places of these results.
          total: whether it is finite wherever the inputs are.
          positive: whether it is never negative.
        """
        if key not in self._places:
            self.steps.append(step)
            self._needs.append(needs)
            place = self._places[key] = len(self.steps)
            self._total |= {place} if total else set()
            self._positive |= {place} if positive else set()
        return Form(self, ((self._places[key], Fraction(1)),), Fraction(0))

    def is_total(self, form: Form) -> bool:
        """Whether a form is finite wherever the inputs are."""
        return all(place in self._total for place, _ in form.terms)

    def is_positive(self, form: Form) -> bool:
        """Whether a form is seen never to be negative."""
        return form.constant >= 0 and all(place in self._positive and k > 0 for place, k in form.terms)

    def form(self, x: Any) -> Form:
        """A form for a ball: its exact value where it has one."""
        if isinstance(x, Form):
            return x
        x = arb(x)
        if x.is_exact() and x.is_finite():
            mantissa, exponent = (int(part) for part in x.man_exp())
            return Form(self, (), Fraction(mantissa) * Fraction(2) ** exponent)
        parts = (*x.mid().man_exp(), *x.rad().man_exp()) if x.is_finite() else (str(x),)
        return self.recorded(("ball", *map(str, parts)), lambda env: x, ())

    def place(self, form: Form) -> int:
        """The place on the tape of a linear form."""
        form = self.cancelled(form)
        if is_single(form):
            return form.terms[0][0]
        key, step = ("linear", *form.key), linear(form.terms, form.constant)
        needs = tuple(place for place, _ in form.terms)
        return self.recorded(key, step, needs, self.is_total(form), self.is_positive(form)).terms[0][0]

    def product(self, a: Form, b: Form) -> Form:
        """The product of two forms that are no constants; exponents add up."""
        factor = Fraction(1)
        if is_multiple(a) and is_multiple(b):
            factor = a.terms[0][1] * b.terms[0][1]
            a, b = a.scaled(1 / a.terms[0][1]), b.scaled(1 / b.terms[0][1])
            powers = [self.exponents.get(x.terms[0][0]) for x in (a, b)]
            if powers[0] is not None and powers[1] is not None:
                return (powers[0] + powers[1]).apply(EXP).scaled(factor)
        p, q = sorted((self.place(a), self.place(b)))
        total = self.is_total(a) and self.is_total(b)
        positive = self.is_positive(a) and self.is_positive(b)
        return self.recorded(("product", p, q), lambda env: env[p] * env[q], (p, q), total, positive).scaled(
            factor
        )

    def quotient(self, a: Form, b: Form) -> Form:
        """The quotient of two forms; one exponential over a sum of them is one over a sum."""
        power = self.exponents.get(a.terms[0][0]) if is_multiple(a) else None
        if power is not None and b.terms and all(place in self.exponents for place, _ in b.terms):
            parts = [(self.exponents[place] - power).apply(EXP).scaled(k) for place, k in b.terms]
            parts += [(-power).apply(EXP).scaled(b.constant)] if b.constant else []
            a, b = self.form(arb(1)).scaled(a.terms[0][1]), sum(parts[1:], parts[0])
        p, q = self.place(a), self.place(b)
        positive = self.is_positive(a) and self.is_positive(b)
        return self.recorded(("quotient", p, q), lambda env: env[p] / env[q], (p, q), positive=positive)

    def members(self, form: Form) -> tuple[Form, ...]:
        """Of what a form is the maximum: of others, if it was recorded so, or of itself."""
        return self._members.get(form.terms[0][0], (form,)) if is_single(form) else (form,)

    def join(self, a: Form, b: Form) -> Form:
        """The greater of two forms, as a maximum of all members of both."""
        members = {m.key: m for m in (*self.members(a), *self.members(b))}
        return self.greatest(list(members.values()))

    def greatest(self, members: Sequence[Form]) -> Form:
        """The greatest of some forms; members that differ by a constant are told apart at once."""
        kept: list[Form] = []
        for m in sorted(members, key=lambda member: member.key):
            twin = next((i for i, other in enumerate(kept) if other.terms == m.terms), None)
            if twin is None:
                kept.append(m)
            elif m.constant > kept[twin].constant:
                kept[twin] = m
        if len(kept) == 1:
            return kept[0]
        places = tuple(self.place(m) for m in kept)
        total, positive = all(map(self.is_total, kept)), any(map(self.is_positive, kept))
        key = ("greatest", *places)
        form = self.recorded(key, lambda env: greatest([env[p] for p in places]), places, total, positive)
        self._members[form.terms[0][0]] = tuple(kept)
        return form

    def cancelled(self, form: Form) -> Form:
        """A form without differences of a maximum and a member: `x - max(x, y)` is `-max(0, y - x)`."""
        for place, k in form.terms:
            if abs(k) != 1 or place not in self._members:
                continue
            rest = Form(self, tuple(t for t in form.terms if t[0] != place), form.constant).scaled(-k)
            if rest.terms and any(m.terms == rest.terms for m in self._members[place]):
                return self.greatest([m - rest for m in self._members[place]]).scaled(k)
        return form

    def select(self, truth: "Truth", yes: Any, no: Any) -> Form:
        """One of two forms."""
        a, b = self.form(yes), self.form(no)
        p, q = self.place(a), self.place(b)
        total = self.is_total(a) and self.is_total(b)
        key = ("select", id(truth), p, q)
        needs = (p, q, *truth.needs)
        return self.recorded(key, lambda env: chosen(truth.step(env), env[p], env[q], env[0]), needs, total)

    def compare(self, holds: Callable[[Any], bool], fails: Callable[[Any], bool], form: Form) -> Any:
        """A statement about a form's value."""
        p = self.place(form)

        def step(env: list[Any]) -> bool | None:
            x = value(env[p])
            return True if holds(x) else False if fails(x) else None

        return Truth(self, step, (p,))

    def needed(self, places: Iterable[int]) -> list[int]:
        """All places that the results at some places come from, in order."""
        needed: set[int] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place not in needed:
                needed.add(place)
                waiting.extend(self._needs[place])
        return sorted(needed)

    def run(
        self, inputs: Sequence[Any], prec: int, places: Sequence[int], around: Sequence[Any] | None = None
    ) -> list[Any]:
        """Results for balls or dual balls in place of the unknowns.

        Args:
          inputs: one for each unknown.
          prec: bits of midpoints.
          places: what to evaluate, in order.
          around: the results at the midpoint of the box; with them every result on the box is narrowed
            by the mean value theorem.
        """
        env: list[Any] = [None] * (len(self.steps) + 1)
        env[0] = inputs
        with ctx.workprec(prec):
            moves = [x.value - c for x, c in zip(inputs, around[0], strict=True)] if around else []
            for n in places:
                out = self.steps[n - 1](env)
                env[n] = tightened(out, around[n], moves) if around and isinstance(out, Dual) else out
        return env
