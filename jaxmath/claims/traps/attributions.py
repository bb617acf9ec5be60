"""Traps: attributions, erasure, similarity."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    SparseAutoencoder,
    covariance,
    erase,
    leace,
    leace_projection,
    linear_cka,
    path_effects,
    quadrature,
    sae_penalty,
)
from jaxmath.definitions.erasure import Eraser
from jaxmath.verify.claim import identity, trap

CAPTUM = "captum at 05c9bb9, attr/_utils/approximation_methods.py, riemann_trapezoid: n nodes, steps of 1 / n"
Scalar = Float[Array, ""]
Items = Float[Array, "b 2"]


def _integral(nodes: Array, weights: Array, a: Array, b: Array) -> Array:
    return weights @ (a + b * nodes)


@trap()
@identity(source=CAPTUM)
def halving_the_ends_of_equal_weights_is_the_trapezoid_rule(a: Scalar, b: Scalar):
    r"""Nodes $0, \frac14, \dots, 1$ with weights $\frac15$, half of it at the ends, integrate $a + b t$."""
    weights = jnp.full(5, 0.2).at[jnp.array([0, 4])].set(0.1)
    return _integral(jnp.linspace(0.0, 1.0, 5), weights, a, b), a + b / 2


@halving_the_ends_of_equal_weights_is_the_trapezoid_rule.truth
@identity(source="Davis & Rabinowitz 1984, section 2.1")
def weights_of_the_trapezoid_rule_are_one_over_the_parts(a: Scalar, b: Scalar):
    r"""Five nodes have four parts. With $\frac15$ attributions lack a fifth; with 50 nodes, a fiftieth."""
    short = jnp.full(5, 0.2).at[jnp.array([0, 4])].set(0.1)
    rule = quadrature.trapezoid(5)
    whole, part = (_integral(rule.nodes, w, a, b) for w in (rule.weights, short))
    return (whole, part), (a + b / 2, 0.8 * (a + b / 2))


@trap()
@identity(source="quoted as: the total effect is the sum of the direct and the indirect one", at=dict(d=2))
def effects_of_paths_add_up(x: Float[Array, " d"], other: Float[Array, " d"], w: Float[Array, " d"]):
    r"""For a gated unit $f = (w^\top x) \cdot m$ with $m = \sum_i x_i$."""
    effects = path_effects(lambda x, m: (w @ x) * m, jnp.sum, x, other)
    return effects.total, effects.direct + effects.indirect


@effects_of_paths_add_up.truth
@identity(source="Pearl 2001, arXiv:1301.2300", at=dict(d=2))
def effects_of_paths_lack_their_interaction(
    x: Float[Array, " d"], other: Float[Array, " d"], w: Float[Array, " d"]
):
    r"""The total is more by $w^\top (x' - x) \cdot (m' - m)$."""
    effects = path_effects(lambda x, m: (w @ x) * m, jnp.sum, x, other)
    both = w @ (other - x) * (other - x).sum()
    return effects.total, effects.direct + effects.indirect + both


@trap()
@identity(source="quoted as: CKA is invariant to invertible linear transformations", at=dict(b=3))
def alignment_ignores_invertible_maps(x: Items, y: Items, a: Float[Array, "2 2"]):
    r"""$\mathrm{CKA}(X A, Y) = \mathrm{CKA}(X, Y)$."""
    return linear_cka(x @ a, y), linear_cka(x, y)


@alignment_ignores_invertible_maps.truth
@identity(source="Kornblith et al. 2019, arXiv:1905.00414, section 2", at=dict(b=3))
def alignment_ignores_turned_and_scaled_maps(x: Items, y: Items, a: Float[Array, "2 2"]):
    r"""Of the form $A = c Q$ with a rotation $Q$, here with $c = a_{00}$ and the half tangent $a_{01}$."""
    c, half = a[0]
    turn = jnp.stack([jnp.stack([1 - half**2, -2 * half]), jnp.stack([2 * half, 1 - half**2])])
    return linear_cka(c * x @ turn / (1 + half**2), y), linear_cka(x, y)


def _inverse(a: Array) -> Array:
    if a.shape == (1, 1):
        return 1 / a
    (p, q), (r, s) = a
    return jnp.stack([jnp.stack([s, -q]), jnp.stack([-r, p])]) / (p * s - q * r)


@trap()
@identity(
    source="quoted as: projecting off the direction of a linear probe erases what it reads", at=dict(b=3)
)
def what_is_projected_off_a_probe_is_erased(x: Items, z: Float[Array, "b 1"]):
    r"""No covariance with $z$ is left along or across the weights of the best linear probe."""
    probe = _inverse(covariance(x, x)) @ covariance(x, z)
    off = leace_projection(jnp.eye(2, dtype=x.dtype), probe, _inverse)
    return covariance(erase(Eraser(x.mean(0), off), x), z), jnp.zeros((2, 1))


@what_is_projected_off_a_probe_is_erased.truth
@identity(source="Belrose et al. 2023, arXiv:2306.03819", at=dict(b=3))
def what_is_projected_off_the_covariance_is_erased(x: Items, z: Float[Array, "b 1"]):
    r"""Orthogonally, and at least cost in the metric of the inputs (LEACE)."""
    off = leace_projection(jnp.eye(2, dtype=x.dtype), covariance(x, z), _inverse)
    erasers = Eraser(x.mean(0), off), leace(x, z, _inverse)
    return [covariance(erase(eraser, x), z) for eraser in erasers], [jnp.zeros((2, 1))] * 2


@trap()
@identity(source="quoted as: the L1 norm of features measures how sparse they are")
def sums_of_features_do_not_see_their_scale(f: Float[Array, "2"], c: Scalar, w: Float[Array, "2 2"]):
    r"""$\sum_i e^c f_i = \sum_i f_i$, though $e^c f$ is written by $e^{-c} W$ as before."""
    return (jnp.exp(c) * f).sum(), f.sum()


@sums_of_features_do_not_see_their_scale.truth
@identity(source="Conerly et al. 2024, Update on how we train SAEs")
def sums_of_what_is_written_do_not_see_a_scale(f: Float[Array, "2"], c: Scalar, w: Float[Array, "2 2"]):
    r"""$\sum_i e^c f_i \lVert e^{-c} W_i \rVert = \sum_i f_i \lVert W_i \rVert$."""
    params = SparseAutoencoder(w, 0 * f, w, 0 * f)
    return sae_penalty(jnp.exp(c) * f, params._replace(decoder=w / jnp.exp(c))), sae_penalty(f, params)
