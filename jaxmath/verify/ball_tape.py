"""A program as a list of operations on single numbers, simplified once and then run on many boxes.

Walking a jaxpr over symbols instead of balls records the tape. Every value is a linear form with
rational coefficients in the results of nonlinear operations, equal operations are recorded once, and
differences cancel: `x - max(x, y)` becomes `-max(0, y - x)`, so that a shift of all logits is seen to
change nothing. This is exact algebra over the reals; it makes enclosures on wide boxes narrow.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from jaxmath.verify.ball_dual import Dual, Symbol, hull, maximum, tightened, value

Key = tuple[Any, ...]
Step = Callable[[list[Any]], Any]


class Form(Symbol):
    """A linear form in the results on a tape.

    Attributes:
      tape: where the results are recorded.
      terms: pairs of a place on the tape and a coefficient, in order of places.
      constant: what is added.
    """

    __slots__ = ("constant", "tape", "terms")

    def __init__(self, tape: "Tape", terms: tuple[tuple[int, Fraction], ...], constant: Fraction) -> None:
        self.tape = tape
        self.terms = terms
        self.constant = constant

    @property
    def key(self) -> Key:
        """What makes two forms the same."""
        return (self.terms, self.constant)

    @property
    def is_constant(self) -> bool:
        """Whether the form is a rational number."""
        return not self.terms

    def __add__(self, other: Any) -> "Form":
        other = self.tape.form(other)
        terms = dict(self.terms)
        for place, k in other.terms:
            terms[place] = terms.get(place, Fraction(0)) + k
        kept = tuple(sorted((place, k) for place, k in terms.items() if k))
        return self.tape.cancelled(Form(self.tape, kept, self.constant + other.constant))

    __radd__ = __add__

    def scaled(self, k: Fraction) -> "Form":
        """The form times a rational number."""
        if not k:
            return Form(self.tape, (), k)
        return Form(self.tape, tuple((place, c * k) for place, c in self.terms), self.constant * k)

    def __neg__(self) -> "Form":
        return self.scaled(Fraction(-1))

    def __sub__(self, other: Any) -> "Form":
        return self + (-self.tape.form(other))

    def __rsub__(self, other: Any) -> "Form":
        return self.tape.form(other) + (-self)

    def __mul__(self, other: Any) -> "Form":
        other = self.tape.form(other)
        if other.is_constant:
            return self.scaled(other.constant)
        if self.is_constant:
            return other.scaled(self.constant)
        return self.tape.product(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Form":
        other = self.tape.form(other)
        if other.is_constant and other.constant:
            return self.scaled(1 / other.constant)
        return self.tape.quotient(self, other)

    def __rtruediv__(self, other: Any) -> "Form":
        return self.tape.form(other) / self

    def apply(self, function: Any) -> "Form":
        """A function of the form."""
        place = self.tape.place(self)
        return self.tape.recorded(("apply", id(function), place), lambda env: function(env[place]))

    def maximum(self, other: Any) -> "Form":
        """The greater of two forms."""
        return self.tape.join(self, self.tape.form(other))


class Truth(Symbol):
    """A statement about the results on a tape; `True`, `False` or, if balls overlap, `None`."""

    __slots__ = ("step",)

    def __init__(self, step: Step) -> None:
        self.step = step

    def __invert__(self) -> "Truth":
        return Truth(lambda env: None if (truth := self.step(env)) is None else not truth)

    def __and__(self, other: Any) -> "Truth":
        return Truth(lambda env: _and(self.step(env), other.step(env) if isinstance(other, Truth) else other))

    __rand__ = __and__

    def __or__(self, other: Any) -> "Truth":
        return ~(~self & (~other if isinstance(other, Truth) else not other))

    __ror__ = __or__


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


class Tape:
    """Operations in the order in which they were recorded."""

    def __init__(self) -> None:
        """Starts empty."""
        self.steps: list[Step] = []
        self.inputs = 0
        self._places: dict[Key, int] = {}
        self._members: dict[int, tuple[Form, ...]] = {}

    def input(self) -> Form:
        """The next unknown."""
        n = self.inputs
        self.inputs += 1
        return self.recorded(("input", n), lambda env: env[0][n])

    def recorded(self, key: Key, step: Step) -> Form:
        """The result of an operation, recorded unless it was before; place 0 is that of the inputs."""
        if key not in self._places:
            self.steps.append(step)
            self._places[key] = len(self.steps)
        return Form(self, ((self._places[key], Fraction(1)),), Fraction(0))

    def form(self, x: Any) -> Form:
        """A form for a ball: its exact value where it has one."""
        if isinstance(x, Form):
            return x
        x = arb(x)
        if x.is_exact() and x.is_finite():
            mantissa, exponent = (int(part) for part in x.man_exp())
            return Form(self, (), Fraction(mantissa) * Fraction(2) ** exponent)
        return self.recorded(("ball", x.str(30, more=True)), lambda env: x)

    def place(self, form: Form) -> int:
        """The place on the tape of a linear form."""
        if form.terms == ((form.terms[0][0], Fraction(1)),) if form.terms else False:
            if not form.constant:
                return form.terms[0][0]
        return self.recorded(("linear", *form.key), _linear(form)).terms[0][0]

    def product(self, a: Form, b: Form) -> Form:
        """The product of two forms that are no constants."""
        p, q = sorted((self.place(a), self.place(b)))
        return self.recorded(("product", p, q), lambda env: env[p] * env[q])

    def quotient(self, a: Form, b: Form) -> Form:
        """The quotient of two forms."""
        p, q = self.place(a), self.place(b)
        return self.recorded(("quotient", p, q), lambda env: env[p] / env[q])

    def members(self, form: Form) -> tuple[Form, ...]:
        """Of what a form is the maximum: of others, if it was recorded so, or of itself."""
        if len(form.terms) == 1 and form.terms[0][1] == 1 and not form.constant:
            return self._members.get(form.terms[0][0], (form,))
        return (form,)

    def join(self, a: Form, b: Form) -> Form:
        """The greater of two forms, as a maximum of all members of both."""
        members = {m.key: m for m in (*self.members(a), *self.members(b))}
        return self.greatest([members[key] for key in sorted(members)])

    def greatest(self, members: Sequence[Form]) -> Form:
        """The greatest of some forms; members that differ by a constant are told apart at once."""
        kept: list[Form] = []
        for m in members:
            twin = next((i for i, other in enumerate(kept) if other.terms == m.terms), None)
            if twin is None:
                kept.append(m)
            elif m.constant > kept[twin].constant:
                kept[twin] = m
        if len(kept) == 1:
            return kept[0]
        places = tuple(self.place(m) for m in kept)
        form = self.recorded(("greatest", *places), lambda env: _greatest([env[p] for p in places]))
        self._members[form.terms[0][0]] = tuple(kept)
        return form

    def cancelled(self, form: Form) -> Form:
        """`x - max(x, y)` as `-max(0, y - x)`, wherever a form is one."""
        for place, k in form.terms:
            if k != -1 or place not in self._members:
                continue
            rest = Form(self, tuple(t for t in form.terms if t[0] != place), form.constant)
            if any(m.terms == rest.terms for m in self._members[place]):
                return -self.greatest([m - rest for m in self._members[place]])
        return form

    def select(self, truth: Any, yes: Any, no: Any) -> Form:
        """One of two forms."""
        if not isinstance(truth, Truth):
            return self.form(yes if truth else no)
        p, q = self.place(self.form(yes)), self.place(self.form(no))
        return self.recorded(("select", id(truth), p, q), lambda env: _chosen(truth.step(env), env[p], env[q]))

    def compare(self, holds: Callable[[Any], bool], fails: Callable[[Any], bool], form: Form) -> Any:
        """A statement about a form's value."""
        p = self.place(form)

        def step(env: list[Any]) -> bool | None:
            x = value(env[p])
            return True if holds(x) else False if fails(x) else None

        return Truth(step)

    def run(self, inputs: Sequence[Any], prec: int, around: list[Any] | None = None) -> list[Any]:
        """All results, for balls or dual balls in place of the unknowns.

        Args:
          inputs: one for each unknown.
          prec: bits of midpoints.
          around: the results at the midpoint of the box; with them every result on the box is narrowed
            by the mean value theorem.
        """
        with ctx.workprec(prec):
            env: list[Any] = [inputs]
            if around is None:
                for step in self.steps:
                    env.append(step(env))
                return env
            moves = [x.value - centre for x, centre in zip(inputs, around[0], strict=True)]
            for n, step in enumerate(self.steps, 1):
                out = step(env)
                env.append(tightened(out, around[n], moves) if isinstance(out, Dual) else out)
            return env


def _linear(form: Form) -> Step:
    terms = [(place, None if k == 1 else fmpq(k.numerator, k.denominator)) for place, k in form.terms]
    constant = fmpq(form.constant.numerator, form.constant.denominator)

    def step(env: list[Any]) -> Any:
        total = arb(constant) if constant else None
        for place, k in terms:
            term = env[place] if k is None else env[place] * arb(k)
            total = term if total is None else term + total
        return arb(0) if total is None else total

    return step


def _greatest(values: Sequence[Any]) -> Any:
    out = values[0]
    for x in values[1:]:
        out = maximum(out, x)
    return out


def _chosen(truth: bool | None, yes: Any, no: Any) -> Any:
    return hull(yes, no) if truth is None else yes if truth else no
