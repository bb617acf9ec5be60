"""What is true of ranks that are no whole numbers."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import effective_rank, participation_ratio, stable_rank
from jaxmath.verify.claim import bound, identity

RUDELSON = "Rudelson & Vershynin 2007, arXiv:math/0503442"
ROY = "Roy & Vetterli 2007, The effective rank"
Scalar = Float[Array, ""]


def _values(a: Array, b: Array) -> Array:
    """Three singular values, the largest 1."""
    return jnp.stack([0 * a + 1, a, b])


PAIR = dict(a=(0.1, 1.0), b=(0.1, 1.0))
ALIKE = dict(a=1.0, b=1.0)


@bound(source=RUDELSON, box=PAIR, sharp=ALIKE, slack=1e-3)
def stable_rank_is_at_most_the_rank(a: Scalar, b: Scalar):
    r"""$\le 3$ for three singular values $1, a, b$, and 3 where they are equal."""
    return stable_rank(_values(a, b)), 3 + 0 * a


@stable_rank_is_at_most_the_rank.mutant
def stable_rank_is_at_most_the_rank_but_one(a, b):
    return stable_rank(_values(a, b)), 2 + 0 * a


@bound(source=RUDELSON, box=dict(a=(0.0, 1.0), b=(0.0, 1.0)), sharp=dict(a=0.0, b=0.0), slack=1e-3)
def stable_rank_is_at_least_one(a: Scalar, b: Scalar):
    r"""And one for a matrix of rank one."""
    return 1 + 0 * a, stable_rank(_values(a, b))


@stable_rank_is_at_least_one.mutant
def stable_rank_is_at_least_the_rank(a, b):
    return 2 + 0 * a, stable_rank(_values(a, b))


@bound(source="Rényi: entropies of order infinity and two", box=PAIR, sharp=ALIKE, slack=1e-3)
def stable_rank_is_at_most_the_participation_ratio(a: Scalar, b: Scalar):
    r"""$\frac{1}{\max p} \le \frac{1}{\sum p^2}$ for $p_i = \sigma_i^2 / \sum_j \sigma_j^2$."""
    values = _values(a, b)
    return stable_rank(values), participation_ratio(values)


@stable_rank_is_at_most_the_participation_ratio.mutant
def participation_ratio_is_at_most_the_stable_rank(a, b):
    values = _values(a, b)
    return participation_ratio(values), stable_rank(values)


@bound(source=f"{ROY}, property 1", box=PAIR, sharp=ALIKE, slack=1e-2)
def effective_rank_is_at_most_the_rank(a: Scalar, b: Scalar):
    r"""$\exp H(p) \le 3$ for three singular values."""
    return effective_rank(_values(a, b)), 3 + 0 * a


@effective_rank_is_at_most_the_rank.mutant
def effective_rank_is_at_most_the_stable_rank(a, b):
    return effective_rank(_values(a, b)), stable_rank(_values(a, b))


@identity(source="definitions", at=dict(rank=3))
def ranks_do_not_see_the_scale(logs: Float[Array, " rank"], c: Scalar):
    r"""$r(e^c \sigma) = r(\sigma)$ for all three."""
    singular = jnp.exp(logs)
    left, right = (
        [f(s) for f in (stable_rank, participation_ratio)] for s in (jnp.exp(c) * singular, singular)
    )
    return left, right


@ranks_do_not_see_the_scale.mutant
def ranks_do_not_see_a_power(logs, c):
    singular = jnp.exp(logs)
    left, right = ([f(s) for f in (stable_rank, participation_ratio)] for s in (singular**2, singular))
    return left, right


@identity(source="Frobenius norms and singular values", at=dict(b=3, d=2))
def participation_ratios_need_no_singular_values(x: Float[Array, "b d"], half: Float[Array, "2"]):
    r"""$(\mathrm{tr}\, C)^2 / \mathrm{tr}\, C^2$ for $C = A^\top A$, $A = U \mathrm{diag}(\sigma) V^\top$."""
    u, v = (
        jnp.stack([jnp.stack([1 - h**2, -2 * h]), jnp.stack([2 * h, 1 - h**2])]) / (1 + h**2) for h in half
    )
    a = u @ jnp.diag(x[0]) @ v.T
    c = a.T @ a
    return participation_ratio(x[0]), jnp.trace(c) ** 2 / jnp.trace(c @ c)


@participation_ratios_need_no_singular_values.mutant
def participation_ratios_are_those_of_entries(x, half):
    return participation_ratio(x[0]), participation_ratio(x[0] + x[1])
