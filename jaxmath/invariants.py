r"""What must hold of values, eagerly and under `jit`.

An invariant is a predicate, `is_distribution(p)`, whose value is a boolean scalar
that can be traced; `require(is_distribution, p)` raises where it is false. Under `jit`
`require` is one of chex's value assertions: wrap the outermost function in
`chex.chexify`. It is silent under `chex.disable_asserts()`.

**Tolerances** follow from sizes and from the unit roundoff $u = \epsilon / 2$ of the dtype.
In the standard model of rounding, a value that has gone through $k$ roundings is off by a factor
within $1 \pm \gamma_k$, where

$$ \gamma_k = \frac{k u}{1 - k u}, \qquad (1 + \gamma_j)(1 + \gamma_k) \le 1 + \gamma_{j+k}. $$

Sums accumulate in float32 at least, as those of `jnp.sum` do, so their roundings are of that dtype.
An elementary function counts as four roundings: two units in the last place. Each invariant
counts the roundings of whoever made the value and those of its own check. The bounds are worst
cases and not sharp. Where nothing is rounded, nothing is tolerated.

Source: Higham, *Accuracy and Stability of Numerical Algorithms* (2002), lemmas 3.1 and 3.3.
"""

import math
from typing import Any, Literal

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Shaped

from jaxmath import notation
from jaxmath._invariant import Invariant as Invariant
from jaxmath._invariant import InvariantError as InvariantError
from jaxmath._invariant import Reading as Reading
from jaxmath._invariant import invariant as invariant
from jaxmath._invariant import require as require

_ELEMENTARY = 4


def _accumulator(dtype: Any) -> Any:
    return dtype if jnp.finfo(dtype).bits > 32 else jnp.float32


def _gamma(roundings: int, dtype: Any) -> float:
    ku = roundings * float(jnp.finfo(dtype).eps) / 2
    if ku >= 1:
        raise ValueError(
            f"invariants: {roundings} roundings in {jnp.dtype(dtype).name} may leave no correct digit, "
            "so there is no tolerance to check against; use a wider dtype or a shorter axis."
        )
    return ku / (1 - ku)


def _tolerance(dtype: Any, *, accumulated: int, rounded: int) -> float:
    sums = math.log1p(_gamma(accumulated, _accumulator(dtype)))
    return math.expm1(sums + math.log1p(_gamma(rounded, dtype)))


def _count(wrong: Bool[Array, "..."]) -> Int[Array, ""]:
    return jnp.sum(wrong, dtype=jnp.int32)


def _floating(function: str, **named: Any) -> Float[Array, "..."]:
    ((name, x),) = named.items()
    notation.check(function, **{name: (jnp.asarray(x), Float[Array, "..."])})
    return jnp.asarray(x)


@invariant("have no infinite and no undefined entry", "Look for a division by zero or an overflow upstream.")
def is_finite(x: Shaped[Array, "..."]) -> list[Reading]:
    """No entry is infinite or NaN."""
    return [Reading("{} entries are not finite", _count(~jnp.isfinite(jnp.asarray(x))))]


@invariant("be nonnegative and sum to one", "Normalise it, as softmax does, along the axis that is checked.")
def is_distribution(p: Float[Array, "..."], axis: int = -1, empty: bool = False) -> list[Reading]:
    r"""Every vector along `axis` is a probability vector: $p_j \ge 0$, $\sum_j p_j = 1$.

    Who made $p$ is held to have divided nonnegative numbers by their sum: $n - 1$ additions, the
    sum rounded, a reciprocal and a product; the check adds $n - 1$ additions; an entry that
    underflows loses at most the smallest positive number.

    Args:
      p: probabilities.
      axis: along which they sum to one.
      empty: whether a vector of zeros will do, as the weights of a row that may see nothing.
    """
    p = _floating("is_distribution", p=p)
    n = p.shape[axis]
    total = jnp.sum(p, axis, dtype=_accumulator(p.dtype))
    gap = jnp.abs(total - 1)
    if empty:
        gap = jnp.where(jnp.all(p == 0, axis), 0, gap)
    lost = n * float(jnp.finfo(p.dtype).smallest_subnormal)
    allowed = _tolerance(p.dtype, accumulated=2 * (n - 1), rounded=3) + lost
    return [
        Reading("{} entries are negative or undefined", _count(~(p >= 0))),
        Reading("a sum misses one by {:.2g}", jnp.max(gap, initial=0), allowed),
    ]


@invariant("be zero above the diagonal", "Mask the pairs in which a query sees a later key.")
def is_causal(
    weights: Shaped[Array, "... n m"], align: Literal["top-left", "bottom-right"] = "top-left"
) -> list[Reading]:
    r"""No query has a weight on a later key: $w_{ij}$ is zero, or false, where $j > i$.

    Args:
      weights: attention weights, or a mask.
      align: whether queries and keys begin together (`"top-left"`) or end together (`"bottom-right"`:
        $j > i + m - n$).
    """
    weights = jnp.asarray(weights)
    n, m = weights.shape[-2:]
    offsets = {"top-left": 0, "bottom-right": m - n}
    if align not in offsets:
        raise ValueError(f"is_causal: align must be 'top-left' or 'bottom-right'; got {align!r}.")
    later = ~jnp.tri(n, m, offsets[align], dtype=bool)
    seen = weights.astype(bool) & jnp.broadcast_to(later, weights.shape)
    return [Reading("{} pairs look ahead", _count(seen))]


@invariant("have orthonormal columns", "Orthonormalise it (jnp.linalg.qr), or say how many `rounds` made it.")
def is_orthogonal(q: Float[Array, "... n d"], rounds: int | None = None) -> list[Reading]:
    r"""Columns are orthonormal: $Q^\top Q = I$.

    With each column within $\gamma_c$ (in the 2-norm) of that of an orthogonal matrix, an entry of
    $Q^\top Q - I$ is at most $2 \gamma_c + \gamma_c^2$; the check adds inner products of $n$ terms.

    Args:
      q: matrices.
      rounds: $c$, the roundings behind a column; if `None`, an elementary function's for each row.
    """
    q = _floating("is_orthogonal", q=q)
    n, d = q.shape[-2:]
    wide = _accumulator(q.dtype)
    gram = jnp.einsum("...nd,...ne->...de", q, q, precision="highest", preferred_element_type=wide)
    gap = jnp.abs(gram - jnp.broadcast_to(jnp.eye(d, dtype=wide), gram.shape))
    allowed = _tolerance(q.dtype, accumulated=n, rounded=2 * (_ELEMENTARY * n if rounds is None else rounds))
    return [Reading("an inner product of columns is off by {:.2g}", jnp.max(gap, initial=0), allowed)]


@invariant("be a rotation", "Take a matrix that is orthogonal and has a positive determinant.")
def is_rotation(q: Float[Array, "... d d"], rounds: int | None = None) -> list[Reading]:
    r"""Orthogonal, and keeps orientation: $Q^\top Q = I$ and $\det Q = 1$.

    The determinant of an orthogonal matrix is 1 or -1: its sign decides, with no tolerance.

    Args:
      q: matrices.
      rounds: as in `is_orthogonal`.
    """
    q = _floating("is_rotation", q=q)
    notation.check("is_rotation", q=(q, "... d d"))
    det = jnp.linalg.det(q.astype(_accumulator(q.dtype)))
    return [
        *is_orthogonal.measure(q, rounds),
        Reading("{} determinants are not positive", _count(~(det > 0))),
    ]


@invariant(
    "have mean square one", "Divide it by its root mean square, or say how much epsilon takes (`slack`)."
)
def has_unit_rms(x: Float[Array, "..."], axis: int = -1, slack: float = 0.0) -> list[Reading]:
    r"""Every vector along `axis` has mean square one: $\frac1d \sum_i x_i^2 = 1$.

    Who made $x$ is held to have divided by a root mean square: the mean costs a square, $d - 1$
    additions and two roundings, epsilon one; the root halves them and the check's square doubles
    them, as it does those of the reciprocal root and of the product; the check costs another mean.

    Args:
      x: vectors, before any gain.
      axis: along which the mean is taken.
      slack: how far below one the mean square may lie beyond that. With an epsilon inside the root
        and a mean square $s$ before normalising it is $\epsilon / (s + \epsilon)$.
    """
    x = _floating("has_unit_rms", x=x)
    d = x.shape[axis]
    mean = jnp.mean(jnp.square(x.astype(_accumulator(x.dtype))), axis)
    allowed = _tolerance(x.dtype, accumulated=2 * d, rounded=4 + 2 * (_ELEMENTARY + 1))
    return [
        Reading("a mean square exceeds one by {:.2g}", jnp.max(mean - 1, initial=0), allowed),
        Reading("a mean square falls short of one by {:.2g}", jnp.max(1 - mean, initial=0), allowed + slack),
    ]


@invariant("have mean zero", "Subtract the mean, or say what it was subtracted from (`of`).")
def has_zero_mean(
    x: Float[Array, "..."], axis: int = -1, of: Float[Array, "..."] | None = None
) -> list[Reading]:
    r"""Every vector along `axis` has mean zero.

    A mean is known to $\gamma_d$ of the mean magnitude of what it is the mean of. So the figure is
    the mean of $x$ over the mean magnitude of $x$ and of what it was subtracted from, together.
    Who made $x$ took a mean ($d - 1$ additions, two roundings), subtracted it (one), and may have
    divided by a deviation (an elementary function and a product); the check takes a mean.

    Args:
      x: centred vectors.
      axis: along which the mean is taken.
      of: what the mean was subtracted from, in the units of $x$; if `None`, nothing larger than $x$.
    """
    x = _floating("has_zero_mean", x=x)
    wide = x.astype(_accumulator(x.dtype))
    source = wide if of is None else _floating("has_zero_mean", of=of).astype(wide.dtype)
    scale = jnp.mean(jnp.abs(wide), axis) + jnp.mean(jnp.abs(source), axis)
    mean = jnp.abs(jnp.mean(wide, axis)) / jnp.where(scale == 0, 1, scale)
    allowed = _tolerance(x.dtype, accumulated=2 * x.shape[axis], rounded=4 + _ELEMENTARY)
    return [Reading("a mean is {:.2g} of the mean magnitude", jnp.max(mean, initial=0), allowed)]


@invariant("be monotone", "Sort it, or check the other axis.")
def is_monotone(x: Shaped[Array, "..."], axis: int = -1, strict: bool = False) -> list[Reading]:
    """No entry along `axis` is less than the one before it (with `strict`: each is greater).

    Args:
      x: numbers; for a decreasing order, pass `-x`.
      axis: the axis of the order.
      strict: whether equal neighbours are out of order.
    """
    x = jnp.moveaxis(jnp.asarray(x), axis, -1)
    before, after = x[..., :-1], x[..., 1:]
    ordered = after > before if strict else after >= before
    return [Reading("{} neighbours are out of order", _count(~ordered))]


@invariant(
    "lie in the range", "Clip it, or make room: an index out of range is clamped or dropped in silence."
)
def is_in_range(x: Shaped[Array, "..."], low: Any, high: Any) -> list[Reading]:
    """Every entry lies in `low <= x < high`, as in Python's `range`.

    For a cache of `t` places that is to take `n` more, the index of the first lies in
    `0 <= x < t - n + 1`.

    Args:
      x: numbers, such as token ids or an index into a cache.
      low: the least that is in range.
      high: the least above it that is not.
    """
    x = jnp.asarray(x)
    return [
        Reading("{} entries are too small", _count(~(x >= low))),
        Reading("{} entries are too large", _count(~(x < high))),
    ]
