"""Traps: structure."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import layer_norm, rotary, sigmoid
from jaxmath.verify.claim import bound, identity, trap


def _balance(share: Array, p: Array) -> Array:
    """The load-balancing loss of two experts, of which the first gets a share of the tokens."""
    return 2 * (share * p.mean() + (1 - share) * (1 - p).mean())


@trap()
@bound(
    source="Fedus, Zoph & Shazeer 2021, arXiv:2101.03961, section 2.2: least under a uniform distribution",
    box=dict(a=(0, 0.1), b=(0, 0.1), c=(-7, -5)),
    sharp=None,
)
def balanced_routing_has_the_least_auxiliary_loss(
    a: Float[Array, ""], b: Float[Array, ""], c: Float[Array, ""]
):
    r"""$N \sum_e f_e P_e \ge 1$, its value under uniform routing, for all router scores."""
    x = jnp.stack([a, b, c])
    loss = _balance(jnp.where(x > 0, 1.0, 0.0).mean(), sigmoid(x))
    return jnp.ones_like(loss), loss


@balanced_routing_has_the_least_auxiliary_loss.truth
@bound(
    source="Cauchy-Schwarz: N sum P_e^2 >= (sum P_e)^2",
    box=dict(a=(-1, 1), b=(-1, 1)),
    slack=0.01,
    sharp=dict(a=0.5, b=-0.5),
)
def balanced_routing_has_the_least_loss_of_probabilities(a: Float[Array, ""], b: Float[Array, ""]):
    r"""$N \sum_e P_e^2 \ge 1$: with the mean probabilities in place of the counts the minimum is uniform."""
    p = sigmoid(jnp.stack([a, b]))
    loss = _balance(p.mean(), p)
    return jnp.ones_like(loss), loss


@trap(instead="queries_and_keys_have_a_common_gauge")
@identity(source="gauge arguments for attention without positions, carried over to RoPE", at=dict(n=2, d=2))
def rotary_scores_allow_any_gauge(
    q: Float[Array, "n d"], k: Float[Array, "n d"], m: Float[Array, "n 1"], t: Float[Array, "n 1"],
    a: Float[Array, "4"],
):  # fmt: skip
    r"""Queries times $A$ and keys times $A^{-\top}$ have the same rotary scores, for every regular $A$."""
    gauge = a.reshape(2, 2)
    dual = jnp.stack([jnp.stack([a[3], -a[2]]), jnp.stack([-a[1], a[0]])]) / (a[0] * a[3] - a[1] * a[2])
    return rotary(q @ gauge, m) @ rotary(k @ dual, t).T, rotary(q, m) @ rotary(k, t).T


@rotary_scores_allow_any_gauge.truth
@identity(source="matrices that commute with all rotations of a plane", at=dict(n=2, d=2))
def rotary_scores_allow_a_turn_and_a_stretch(
    q: Float[Array, "n d"], k: Float[Array, "n d"], m: Float[Array, "n 1"], t: Float[Array, "n 1"],
    a: Float[Array, "2"],
):  # fmt: skip
    r"""They have for $A = \begin{pmatrix} a & b \\ -b & a \end{pmatrix}$, which commutes with rotations."""
    gauge = jnp.stack([a, jnp.stack([-a[1], a[0]])])
    dual = gauge / (a[0] ** 2 + a[1] ** 2)
    return rotary(q @ gauge, m) @ rotary(k @ dual, t).T, rotary(q, m) @ rotary(k, t).T


@trap()
@identity(
    source="Ba, Kiros & Hinton 2016, arXiv:1607.06450, table 1 (there without an epsilon)", at=dict(d=3)
)
def layer_norm_ignores_a_scale(x: Float[Array, " d"], c: Float[Array, ""]):
    r"""$\mathrm{LN}(c^2 x) = \mathrm{LN}(x)$, with the usual $\epsilon = 10^{-5}$."""
    return layer_norm(c**2 * x), layer_norm(x)


@layer_norm_ignores_a_scale.truth
@identity(source="Ba, Kiros & Hinton 2016, arXiv:1607.06450, table 1", at=dict(d=3))
def layer_norm_without_epsilon_ignores_a_scale(x: Float[Array, " d"], c: Float[Array, ""]):
    r"""$\mathrm{LN}(c^2 x) = \mathrm{LN}(x)$ at $\epsilon = 0$."""
    return layer_norm(c**2 * x, eps=0.0), layer_norm(x, eps=0.0)
