"""What is true of group norm."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen, nnx
from jaxtyping import Array, Float

from jaxmath.claims.peers.flax_nnx._filled import filled
from jaxmath.definitions import group_norm, layer_norm
from jaxmath.verify.claim import identity, independence

WU = "Wu & He 2018, arXiv:1803.08494"
_SIZES = dict(n=2, d=4)
Item = Float[Array, "n d"]
Width = Float[Array, " d"]


@identity(source=f"{WU}, section 3.1", at=_SIZES)
def one_group_is_the_layer_norm_of_all_positions(x: Item):
    r"""With $G = 1$ everything is one vector, with one position that of a transformer."""
    return (group_norm(x, 1), group_norm(x[0], 1)), (
        layer_norm(x.reshape(-1)).reshape(2, 4),
        layer_norm(x[0]),
    )


@one_group_is_the_layer_norm_of_all_positions.mutant
def one_group_is_the_layer_norm_of_each_position(x):
    return (group_norm(x, 1), group_norm(x[0], 1)), (layer_norm(x), layer_norm(x[0]))


@identity(source=f"{WU}, section 3.1", at=_SIZES)
def a_group_for_each_channel_is_instance_norm(x: Item):
    r"""With $G = d$ each channel is brought to unit size over positions."""
    return group_norm(x, 4), layer_norm(x.T).T


@a_group_for_each_channel_is_instance_norm.mutant
def a_group_for_each_channel_is_layer_norm(x):
    return group_norm(x, 4), layer_norm(x)


def _apart(group: np.ndarray):
    """Pairs of channels of one group and of the other."""
    marks = [np.broadcast_to(group == g, (2, 4)) for g in (0, 1)]
    return [(marks[0], {"x": marks[1]}), (marks[1], {"x": marks[0]})]


@independence(source=f"{WU}, eq. (7)", at=_SIZES)
def groups_do_not_see_each_other(x: Item):
    r"""Channels 0 and 1 are one group, 2 and 3 the other; positions of a group do see each other."""
    return group_norm(x, 2), _apart(np.arange(4) // 2)


@groups_do_not_see_each_other.mutant
def every_second_channel_is_in_one_group(x):
    return group_norm(x, 2), _apart(np.arange(4) % 2)


@identity(source="Flax documentation, nnx.GroupNorm and linen.GroupNorm", at=_SIZES)
def flax_has_the_same_groups_and_an_epsilon_of_a_millionth(x: Item, scale: Width, bias: Width):
    r"""Both of Flax's, with their default $\epsilon = 10^{-6}$."""
    layer = filled(lambda: nnx.GroupNorm(4, num_groups=2, rngs=nnx.Rngs(0)), scale=scale, bias=bias)
    old = linen.GroupNorm(num_groups=2).apply({"params": {"scale": scale, "bias": bias}}, x[None])
    mine = group_norm(x, 2, scale, bias, eps=1e-6)
    return (layer(x[None])[0], old[0]), (mine, mine)


@flax_has_the_same_groups_and_an_epsilon_of_a_millionth.mutant
def flax_has_the_epsilon_of_torch(x, scale, bias):
    layer = filled(lambda: nnx.GroupNorm(4, num_groups=2, rngs=nnx.Rngs(0)), scale=scale, bias=bias)
    return layer(x[None])[0], group_norm(x, 2, scale, bias, eps=1e-5)


@identity(source=f"{WU}, eq. (1)", at=_SIZES)
def a_group_may_be_scaled_and_shifted(x: Item, a: Float[Array, "2"], b: Float[Array, "2"]):
    r"""Without $\epsilon$, $x_g \mapsto e^{a_g} x_g + b_g$ changes nothing."""
    a, b = jnp.repeat(a, 2)[None], jnp.repeat(b, 2)[None]
    return group_norm(jnp.exp(a) * x + b, 2, eps=0.0), group_norm(x, 2, eps=0.0)


@a_group_may_be_scaled_and_shifted.mutant
def a_channel_may_be_shifted(x, a, b):
    b = jnp.concatenate([b, b])[None]
    return group_norm(x + b, 2, eps=0.0), group_norm(x, 2, eps=0.0)


@identity(source="chain rule", at=_SIZES)
def the_gradient_of_a_group_adds_up_to_nothing(x: Item, weight: Width, dy: Item):
    r"""$\sum_{p, c \in g} \partial L / \partial x_{pc} = 0$; for $\epsilon = 0$ it is normal to $x_g$."""
    (dx,) = jax.vjp(lambda x: group_norm(x, 2, weight, eps=0.0), x)[1](dy)
    sums = [z.reshape(2, 2, 2).sum((0, 2)) for z in (dx, dx * x)]
    return tuple(sums), (jnp.zeros(2), jnp.zeros(2))


@the_gradient_of_a_group_adds_up_to_nothing.mutant
def the_gradient_of_a_position_adds_up_to_nothing(x, weight, dy):
    (dx,) = jax.vjp(lambda x: group_norm(x, 2, weight, eps=0.0), x)[1](dy)
    return dx.sum(1), jnp.zeros(2)
