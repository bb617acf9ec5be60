"""Claims about numbers: laws by enumeration, figures against published ones.

Integers and fractions are compared exactly and the outcome is a proof. Floating-point
numbers are compared within a bound on their rounding and the outcome is a measurement.
"""

import numbers
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import jax
import numpy as np

from jaxmath.verify.annotations import ClaimError
from jaxmath.verify.verdict import Certificate, Verdict, Witness

_UNIT = 2.0**-53


def compare_laws(name: str, left: Any, right: Any, roundings: int | None = None) -> Certificate:
    r"""Compares two laws, or two tables of expectations, entry by entry.

    Entries that are integers or fractions must be equal. Others are float64 and must agree within
    $$ 2 \gamma_k \max(1, \max_i |a_i|), \qquad \gamma_k = \frac{k u}{1 - k u}, \quad u = 2^{-53}, $$
    (Higham 2002, lemma 3.1), with $k$ roundings on the way to an entry; the maximum is over finite
    entries, and those that are not finite must be equal.

    Args:
      name: the claim's name, for messages.
      left: a pytree of numbers.
      right: a pytree of the same structure.
      roundings: $k$; four for each outcome unless told.

    Raises:
      ClaimError: if the two are not laws of the same shape.
    """
    paths, a, b = _entries(name, left, right)
    outcomes = f"by enumeration over {len(a):,} outcomes"
    if all(map(_is_exact, (*a, *b))):
        wrong = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        return _outcome("distribution", "proved", outcomes, wrong, paths, a, b)
    gamma = (roundings or 4 * len(a)) * _UNIT
    x, y = np.array(a, np.float64), np.array(b, np.float64)
    finite = np.isfinite(x) & np.isfinite(y)
    largest = np.max(np.abs([x, y]), initial=1.0, where=finite[None])
    tolerance = 2 * gamma / (1 - gamma) * float(largest)
    agree = np.where(finite, np.abs(np.where(finite, x, 0) - np.where(finite, y, 0)) <= tolerance, x == y)
    wrong = [int(i) for i in np.flatnonzero(~agree)]
    detail = f"{outcomes}, float64 within {tolerance:.1e}"
    return _outcome("distribution", "measured", detail, wrong, paths, a, b)


def compare_figures(name: str, figure: Any, published: Any) -> Certificate:
    """Compares figures with published ones: integers exactly, strings to the digits that are printed.

    Args:
      name: the claim's name, for messages.
      figure: a number, or a pytree of numbers.
      published: what the source prints: an integer, a fraction, or a string such as `"6.988e-4"`.

    Raises:
      ClaimError: if a published figure is a float, whose digits are not those of the source.
    """
    paths, a, b = _entries(name, figure, published)
    sources = [_published(name, y) for y in b]
    wrong = [i for i, (x, (y, half)) in enumerate(zip(a, sources, strict=True)) if not _within(x, y, half)]
    shown = [y if isinstance(y, str) else f"{y:,}" for y in b]
    told = ", ".join(shown) if len(shown) <= 3 else f"{len(shown)} figures"
    verdict: Verdict = "proved" if all(map(_is_exact, a)) else "measured"
    return _outcome("accounting", verdict, f"equal to the source: {told}", wrong, paths, a, b)


def _entries(name: str, left: Any, right: Any) -> tuple[list[str], list[Any], list[Any]]:
    shape: Any = jax.tree.structure(left)
    other: Any = jax.tree.structure(right)
    a, b = jax.tree.leaves(left), jax.tree.leaves(right)
    if shape != other or [np.shape(x) for x in a] != [np.shape(y) for y in b]:
        raise ClaimError(
            f"{name}: the two sides do not have the same entries.\n"
            f"  left   {shape}, shapes {[np.shape(x) for x in a]}\n"
            f"  right  {other}, shapes {[np.shape(y) for y in b]}\n"
            "  Return two pytrees of one structure, so that every entry has a partner."
        )
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(left)]
    paths = [path + index for path, x in zip(paths, a, strict=True) for index in _indices(x)]
    if not paths:
        raise ClaimError(f"{name}: there is nothing to compare.\n  Both sides are empty: return numbers.")
    return paths, _numbers(name, a), _numbers(name, b)


def _indices(leaf: Any) -> list[str]:
    shape = np.shape(leaf)
    return [str(list(index)) for index in np.ndindex(*shape)] if shape else [""]


def _numbers(name: str, leaves: Sequence[Any]) -> list[Any]:
    out: list[Any] = []
    for leaf in leaves:
        array = leaf if isinstance(leaf, str | numbers.Rational) else np.asarray(leaf)
        if not isinstance(array, np.ndarray):
            out.append(array)
            continue
        kind, wide = array.dtype.kind, array.dtype == np.float64
        if not (kind in "iubO" or wide):
            raise ClaimError(
                f"{name}: a side holds {array.dtype}.\n"
                "  Enumeration is in exact numbers (int, fractions.Fraction) or in float64.\n"
                "  Compute it with NumPy in float64, or give float64 arguments in `given`."
            )
        out.extend(array.ravel().tolist())
    return out


def _is_exact(number: Any) -> bool:
    return isinstance(number, numbers.Rational | Decimal | str)


def _published(name: str, figure: Any) -> tuple[Fraction, Fraction]:
    """A printed figure and half a unit of its last digit."""
    if isinstance(figure, numbers.Rational):
        return Fraction(figure), Fraction(0)
    try:
        printed = Decimal(figure.replace(",", "").replace("_", "").strip())
        exponent = printed.as_tuple().exponent
        return Fraction(printed), Fraction(1, 2) * Fraction(10) ** int(exponent)
    except (AttributeError, InvalidOperation, ValueError, OverflowError):
        raise ClaimError(
            f"{name}: the published figure {figure!r} is no printed number.\n"
            "  A float does not say how many of its digits the source prints.\n"
            '  Write it as the source does, as a string such as "6.988e-4", or as an int.'
        ) from None


def _within(figure: Any, published: Fraction, half: Fraction) -> bool:
    try:
        return abs(Fraction(figure) - published) <= half
    except (ValueError, OverflowError):
        return False


def _outcome(
    kind: str,
    verdict: Verdict,
    detail: str,
    wrong: list[int],
    paths: list[str],
    left: list[Any],
    right: list[Any],
) -> Certificate:
    if not wrong:
        return Certificate(kind=kind, verdict=verdict, detail=detail, method="comparison of numbers")
    first = wrong[0]
    witness = Witness(output=paths[first], left=_plain(left[first]), right=_plain(right[first]))
    reason = f"{len(wrong):,} of {len(left):,} entries differ; {witness}"
    return Certificate(
        kind=kind, verdict="refuted", reason=reason, witness=witness, method="comparison of numbers"
    )


def _plain(number: Any) -> float | str:
    return number if isinstance(number, float) else str(number)
