"""What is true of patching: activations, attributions, paths."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import attribution_effects, patching_effects, path_effects, softmax
from jaxmath.verify.claim import bound, identity

NANDA = "Nanda 2023, Attribution patching"
KRAMAR = "Kramár et al. 2024, AtP*, arXiv:2403.00745: saturation of attention"
PEARL = "Pearl 2001, Direct and indirect effects, arXiv:1301.2300"
Scalar = Float[Array, ""]
Row = Float[Array, " d"]
Matrix = Float[Array, "d d"]


def _plus(x: Array, changes: dict[str, Array], name: str) -> Array:
    return x + changes[name] if name in changes else x


@identity(source=f"{NANDA}: a first-order approximation", at=dict(d=2))
def attribution_is_exact_where_the_rest_is_linear(x: Row, a: Matrix, v: Row, first: Row, last: Row):
    r"""A network $v^\top (A x + x)$ with a change of its input and one before the read-out."""

    def f(changes):
        inner = _plus(x, changes, "first")
        return v @ _plus(a @ inner + inner, changes, "last")

    changes = {"first": first, "last": last}
    return attribution_effects(f, changes), patching_effects(f, changes)


@attribution_is_exact_where_the_rest_is_linear.mutant
def attribution_is_exact_where_the_rest_is_linear_but_for_a_product(x, a, v, first, last):
    def f(changes):
        inner = _plus(x, changes, "first")
        return v @ _plus(a @ inner * inner, changes, "last")

    return attribution_effects(f, {"first": first}), patching_effects(f, {"first": first})


def _missed(f, change: Array) -> Array:
    """What attribution lacks of the effect of one change."""
    changes = {"x": change}
    return patching_effects(f, changes)["x"] - attribution_effects(f, changes)["x"]


@identity(source=f"{NANDA}; Taylor's theorem", at=dict(d=2))
def attribution_misses_a_quarter_at_half_the_change(x: Row, a: Matrix, b: Row, change: Row, c: Scalar):
    r"""For quadratics; and of a cubic term the miss at half the change lacks half of it.

    With $f = x^\top A x + c\, (b^\top x)^3$: $m(\delta) - 4 m(\delta / 2) = \frac{c}{2} (b^\top \delta)^3$.
    """

    def f(changes):
        y = _plus(x, changes, "x")
        return y @ a @ y + c * (b @ y) ** 3

    return _missed(f, change) - 4 * _missed(f, change / 2), c / 2 * (b @ change) ** 3


@attribution_misses_a_quarter_at_half_the_change.mutant
def attribution_misses_half_at_half_the_change(x, a, b, change, c):
    def f(changes):
        y = _plus(x, changes, "x")
        return y @ a @ y

    return _missed(f, change), 2 * _missed(f, change / 2)


@identity(source=f"{NANDA}; Taylor's theorem", at=dict(d=2))
def attribution_misses_half_the_curvature_of_any_score(x: Row, change: Row, v: Row):
    r"""The miss at $h \delta$ has slope 0 and curvature $\delta^\top \nabla^2 f\, \delta$ in $h$, at $h = 0$.

    Here for a softmax, $f = v^\top \mathrm{softmax}(x)$.
    """

    def f(changes):
        return v @ softmax(_plus(x, changes, "x"))

    def miss(h):
        return _missed(f, h * change)

    zero, one = jnp.zeros((), x.dtype), jnp.ones((), x.dtype)
    slope, curvature = jax.jvp(lambda h: jax.jvp(miss, (h,), (one,))[1], (zero,), (one,))
    hessian = jax.hessian(lambda x: v @ softmax(x))(x)
    return (slope, curvature), (0 * curvature, change @ hessian @ change)


@attribution_misses_half_the_curvature_of_any_score.mutant
def attribution_misses_no_curvature_of_a_softmax(x, change, v):
    def miss(h):
        return _missed(lambda changes: v @ softmax(_plus(x, changes, "x")), h * change)

    zero, one = jnp.zeros((), x.dtype), jnp.ones((), x.dtype)
    curvature = jax.jvp(lambda h: jax.jvp(miss, (h,), (one,))[1], (zero,), (one,))[1]
    return curvature, 0 * curvature


@bound(source=KRAMAR, box=dict(a=(6, 10)), sharp=dict(a=6.0), slack=0.001)
def attribution_is_blind_where_attention_is_saturated(a: Scalar):
    r"""From a score of $-a$ to $a$ against 0 a weight moves by $\tanh(a / 2)$; attribution says 3 % of it."""
    changes = {"x": 2 * a}
    return attribution_effects(_weight(a), changes)["x"], 0.03 * patching_effects(_weight(a), changes)["x"]


@attribution_is_blind_where_attention_is_saturated.mutant
def attribution_sees_one_in_a_hundred_where_attention_is_saturated(a):
    changes = {"x": 2 * a}
    return attribution_effects(_weight(a), changes)["x"], 0.01 * patching_effects(_weight(a), changes)["x"]


def _weight(a: Array):
    return lambda changes: softmax(jnp.stack([_plus(-a, changes, "x"), 0 * a]))[0]


@identity(source=f"{PEARL}; linear models", at=dict(d=2))
def paths_add_up_in_linear_mediation(x: Row, other: Row, a: Matrix, b: Row, c: Row):
    r"""For $f = b^\top x + c^\top m$ and any mediator, here $m = A x + x^2$: total = direct + indirect."""
    effects = path_effects(lambda x, m: b @ x + c @ m, lambda x: a @ x + x**2, x, other)
    return effects.total, effects.direct + effects.indirect


@paths_add_up_in_linear_mediation.mutant
def paths_add_up_in_mediation_with_a_product(x, other, a, b, c):
    effects = path_effects(lambda x, m: b @ x * (c @ m), lambda x: a @ x, x, other)
    return effects.total, effects.direct + effects.indirect


@identity(source=f"{PEARL}, the total effect less the reversed indirect one", at=dict(d=2))
def a_total_is_a_direct_effect_less_a_reversed_indirect_one(x: Row, other: Row, a: Matrix, b: Row, c: Row):
    r"""$\mathrm{TE}(x, x') = \mathrm{DE}(x, x') - \mathrm{IE}(x', x)$ for every $f$ and $m$."""

    def f(x, m):
        return (b @ x) * (c @ m) + jnp.exp(c @ m)

    there = path_effects(f, lambda x: a @ x, x, other)
    back = path_effects(f, lambda x: a @ x, other, x)
    return there.total, there.direct - back.indirect


@a_total_is_a_direct_effect_less_a_reversed_indirect_one.mutant
def a_total_is_a_direct_effect_less_a_reversed_direct_one(x, other, a, b, c):
    def f(x, m):
        return (b @ x) * (c @ m) + jnp.exp(c @ m)

    there = path_effects(f, lambda x: a @ x, x, other)
    back = path_effects(f, lambda x: a @ x, other, x)
    return there.total, there.direct - back.direct
