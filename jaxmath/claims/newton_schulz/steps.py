"""Newton-Schulz: what a step does to singular values."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.newton_schulz._rotations import turn
from jaxmath.definitions import newton_schulz_step
from jaxmath.definitions.newton_schulz import CUBIC, MUON
from jaxmath.verify.claim import accounting, bound, identity

HIGHAM = "Higham 2008, Functions of matrices"
JORDAN = "Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks"
Scalar = Float[Array, ""]


def _polynomial(s: Array, a: Array, b: Array, c: Array) -> Array:
    return a * s + b * s**3 + c * s**5


@identity(source=f"{HIGHAM}, section 8.3", at=dict(n=2))
def a_step_acts_on_singular_values_alone(s: Float[Array, " n"], u: Scalar, v: Scalar, c: Float[Array, "3"]):
    r"""$U \mathrm{diag}(s) V^\top$ goes to $U \mathrm{diag}(p(s)) V^\top$ for $p = a s + b s^3 + c s^5$."""
    u, v = turn(u), turn(v)
    step = newton_schulz_step(u @ jnp.diag(s) @ v.T, (c[0], c[1], c[2]))
    return step, u @ jnp.diag(_polynomial(s, *c)) @ v.T


@a_step_acts_on_singular_values_alone.mutant
def a_step_acts_on_entries_alone(s, u, v, c):
    x = turn(u) @ jnp.diag(s) @ turn(v).T
    return newton_schulz_step(x, (c[0], c[1], c[2])), _polynomial(x, *c)


@identity(source=f"{HIGHAM}, section 8.3", at=dict(n=2, m=3))
def a_step_commutes_with_transposing_and_rotating(x: Float[Array, "n m"], t: Scalar, c: Float[Array, "3"]):
    r"""$p(X^\top) = p(X)^\top$, so that the smaller Gram matrix may be taken, and $p(U X) = U p(X)$."""
    coefficients, u = (c[0], c[1], c[2]), turn(t)
    step = newton_schulz_step(x, coefficients)
    left = newton_schulz_step(x.T, coefficients), newton_schulz_step(u @ x, coefficients)
    return left, (step.T, u @ step)


@a_step_commutes_with_transposing_and_rotating.mutant
def a_step_commutes_with_every_matrix(x, t, c):
    coefficients = (c[0], c[1], c[2])
    stretch = jnp.stack([jnp.stack([t, 0 * t]), jnp.stack([0 * t, 1 + 0 * t])])
    return newton_schulz_step(stretch @ x, coefficients), stretch @ newton_schulz_step(x, coefficients)


@identity(source=f"{HIGHAM}, eq. (8.20)", at=dict(n=2))
def the_cubic_newton_schulz_step_keeps_one(u: Scalar, s: Scalar):
    r"""Orthogonal matrices stay, and $1 - p(s)^2 = \tfrac14 (1 - s^2)^2 (4 - s^2)$: errors are squared."""
    q = turn(u)
    p = _polynomial(s, *map(jnp.asarray, CUBIC))
    return (newton_schulz_step(q), 1 - p**2), (q, (1 - s**2) ** 2 * (4 - s**2) / 4)


@the_cubic_newton_schulz_step_keeps_one.mutant
def the_step_of_muon_keeps_one(u, s):
    q = turn(u)
    p = _polynomial(s, *map(jnp.asarray, CUBIC))
    return (newton_schulz_step(q, MUON), 1 - p**2), (q, (1 - s**2) ** 2 * (4 - s**2) / 4)


@bound(
    source=f"{HIGHAM}, section 8.3: convergence below the root of three",
    box=dict(s=(0.05, 1.7)),
    slack=1e-6,
    sharp=dict(s=0.05),
)
def the_cubic_step_comes_nearer_to_one_below_the_root_of_three(s: Scalar):
    r"""$0 < p(s)$ and $\lvert 1 - p(s)^2 \rvert < \lvert 1 - s^2 \rvert$ for $0 < s < \sqrt 3$.

    The second is written with squares, which are zero at $s = 1$.
    """
    p = 1.5 * s - 0.5 * s**3
    return (-p, (1 - p**2) ** 2), (0 * s, (1 - s**2) ** 2)


@the_cubic_step_comes_nearer_to_one_below_the_root_of_three.mutant
def the_step_of_muon_comes_nearer_to_one(s):
    p = _polynomial(s, *(jnp.asarray(c, s.dtype) for c in MUON))
    return (-p, (1 - p**2) ** 2), (0 * s, (1 - s**2) ** 2)


@bound(source=JORDAN, box=dict(s=(0.05, 1)), sharp=dict(s=0.1675), slack=0.01)
def two_steps_of_muon_lift_small_singular_values(s: Scalar):
    r"""Two steps send $[0.05, 1]$ to $[0.48, 1.21]$: the slope at zero is $3.4445^2$."""
    coefficients = [jnp.asarray(c, s.dtype) for c in MUON]
    twice = _polynomial(_polynomial(s, *coefficients), *coefficients)
    return (-twice, twice), (-0.48 + 0 * s, 1.21 + 0 * s)


@two_steps_of_muon_lift_small_singular_values.mutant
def two_cubic_steps_lift_small_singular_values(s):
    once = 1.5 * s - 0.5 * s**3
    twice = 1.5 * once - 0.5 * once**3
    return (-twice, twice), (-0.48 + 0 * s, 1.21 + 0 * s)


@accounting(source=f"{JORDAN}: the slope of five steps at zero, 3.4445^5")
def five_steps_of_muon_have_a_slope_of_485_at_zero():
    """484.88, and one step sends one to 0.701."""
    a, b, c = MUON
    return (a**5, a + b + c), ("484.9", "0.701")


@five_steps_of_muon_have_a_slope_of_485_at_zero.mutant
def five_cubic_steps_have_a_slope_of_485_at_zero():
    a, b, c = CUBIC
    return (a**5, a + b + c), ("484.9", "0.701")
