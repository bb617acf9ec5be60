"""Brain surgeon: what it costs to fix a weight."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.surgeon._hessians import hessian_and_inverse
from jaxmath.definitions import brain_damage_saliency, surgeon_saliency, surgeon_update
from jaxmath.verify.claim import bound, identity

HASSIBI = "Hassibi & Stork 1992, optimal brain surgeon, eq. (5)"
LECUN = "LeCun et al. 1989, optimal brain damage, eq. (5)"
SIZES = dict(d=3)
Row = Float[Array, " d"]
Root = Float[Array, "d d"]
Scalar = Float[Array, ""]


@identity(source=HASSIBI, at=SIZES)
def the_surgeon_pays_what_the_saliency_says(w: Row, root: Root, value: Scalar):
    r"""The weight gets its value, and the loss grows by $(w_q - c)^2 / 2 [H^{-1}]_{qq}$."""
    hessian, inverse = hessian_and_inverse(root)
    after = surgeon_update(w, inverse, 1, value)
    cost = surgeon_saliency(w - value, inverse)[1]
    return (after[1], _cost(after - w, hessian)), (value, cost)


@the_surgeon_pays_what_the_saliency_says.mutant
def the_surgeon_pays_what_brain_damage_says(w, root, value):
    hessian, inverse = hessian_and_inverse(root)
    after = surgeon_update(w, inverse, 1, value)
    return (after[1], _cost(after - w, hessian)), (value, brain_damage_saliency(w - value, hessian)[1])


@identity(source=f"{HASSIBI}; completing the square", at=SIZES)
def no_other_change_costs_less(w: Row, root: Root, value: Scalar, a: Scalar, b: Scalar):
    r"""Any other change $\delta + u$ with the same value costs $\tfrac12 u H u^\top$ more.

    That is not negative.
    """
    hessian, inverse = hessian_and_inverse(root)
    best = surgeon_update(w, inverse, 1, value) - w
    other = jnp.stack([a, jnp.zeros(()), b])
    return _cost(best + other, hessian), _cost(best, hessian) + _cost(other, hessian)


@no_other_change_costs_less.mutant
def no_change_of_all_weights_costs_less(w, root, value, a, b):
    hessian, inverse = hessian_and_inverse(root)
    best = surgeon_update(w, inverse, 1, value) - w
    other = jnp.stack([a, a, b])
    return _cost(best + other, hessian), _cost(best, hessian) + _cost(other, hessian)


@identity(source=LECUN, at=SIZES)
def without_correlations_the_surgeon_is_brain_damage(w: Row, size: Row):
    r"""For a diagonal Hessian both saliencies agree, and no other weight moves."""
    hessian, inverse = jnp.diag(size), jnp.diag(1 / size)
    sides = surgeon_saliency(w, inverse), surgeon_update(w, inverse, 1, jnp.zeros(()))
    return sides, (brain_damage_saliency(w, hessian), w.at[1].set(0.0))


@without_correlations_the_surgeon_is_brain_damage.mutant
def without_correlations_the_surgeon_is_magnitude(w, size):
    inverse = jnp.diag(1 / size)
    sides = surgeon_saliency(w, inverse), surgeon_update(w, inverse, 1, jnp.zeros(()))
    return sides, (w**2 / 2, w.at[1].set(0.0))


@bound(
    source=f"{HASSIBI}; {LECUN}; Cauchy-Schwarz",
    box=dict(correlation=(-0.9, 0.9)),
    slack=1e-3,
    sharp=dict(correlation=0.0),
)
def the_surgeon_never_pays_more_than_brain_damage(correlation: Scalar):
    r"""$w_q^2 / [H^{-1}]_{qq} \le H_{qq} w_q^2$; here for two weights of one with correlated inputs."""
    hessian, inverse = _correlated(correlation), _correlated(-correlation) / (1 - correlation**2)
    row = jnp.ones(2, correlation.dtype)
    return surgeon_saliency(row, inverse)[0], brain_damage_saliency(row, hessian)[0]


@the_surgeon_never_pays_more_than_brain_damage.mutant
def the_surgeon_always_pays_half_of_brain_damage(correlation):
    hessian, inverse = _correlated(correlation), _correlated(-correlation) / (1 - correlation**2)
    row = jnp.ones(2, correlation.dtype)
    return surgeon_saliency(row, inverse)[0], brain_damage_saliency(row, hessian)[0] / 2


def _cost(change: Array, hessian: Array) -> Array:
    return change @ hessian @ change / 2


def _correlated(correlation: Array) -> Array:
    one = jnp.ones_like(correlation)
    return jnp.stack([jnp.stack([one, correlation]), jnp.stack([correlation, one])])
