"""Linear forms with rational coefficients in the results on a tape: exact algebra before any rounding."""

from fractions import Fraction
from typing import Any

from jaxmath.verify.ball_dual import Symbol
from jaxmath.verify.ball_functions import FUNCTIONS

EXP = FUNCTIONS["exp"]
Key = tuple[Any, ...]


class Form(Symbol):
    """A linear form in the results on a tape.

    Attributes:
      tape: where the results are recorded.
      terms: pairs of a place on the tape and a coefficient, in order of places.
      constant: what is added.
    """

    __slots__ = ("constant", "tape", "terms")

    def __init__(self, tape: Any, terms: tuple[tuple[int, Fraction], ...], constant: Fraction) -> None:
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
        return Form(self.tape, kept, self.constant + other.constant)

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
        """A function of the form; an even one does not see its sign."""
        form = -self if function.even and self.terms and self.terms[0][1] < 0 else self
        place = self.tape.place(form)
        total = function.total and self.tape.is_total(self)
        key = ("apply", id(function), place)
        out = self.tape.recorded(key, lambda env: function(env[place]), (place,), total, function.positive)
        if function is EXP:
            self.tape.exponents[out.terms[0][0]] = form
        return out

    def maximum(self, other: Any) -> "Form":
        """The greater of two forms."""
        return self.tape.join(self, self.tape.form(other))

    def is_finite(self) -> Any:
        """Whether the value is a number: told apart at once for sums, products and total functions."""
        return True if self.tape.is_total(self) else self.tape.compare(lambda x: x.is_finite(), _never, self)

    def is_less(self, other: Any, or_equal: bool = False) -> Any:
        """Whether the value is less than another."""
        form = self - other
        if form.is_constant:
            return form.constant < 0 or (or_equal and not form.constant)
        if or_equal:
            return self.tape.compare(lambda x: x <= 0, lambda x: x > 0, form)
        return self.tape.compare(lambda x: x < 0, lambda x: x >= 0, form)

    def is_equal(self, other: Any) -> Any:
        """Whether the value is equal to another."""
        form = self - other
        if form.is_constant:
            return not form.constant
        return self.tape.compare(lambda x: x == 0, lambda x: x != 0, form)


def _never(x: Any) -> bool:
    return False


def is_single(form: Form) -> bool:
    """Whether a form is one result."""
    return len(form.terms) == 1 and form.terms[0][1] == 1 and not form.constant


def is_multiple(form: Form) -> bool:
    """Whether a form is a multiple of one result."""
    return len(form.terms) == 1 and not form.constant
