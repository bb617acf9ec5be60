"""What is true of the feed-forward network."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import gated_mlp, gelu, mlp, relu, sigmoid, silu
from jaxmath.verify.claim import derivative, identity, independence

SHOEYBI = "Shoeybi et al. 2019, arXiv:1909.08053, eq. (3)"
VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, eq. (2)"
SIZES = dict(n=2, d=3, f=4)


@identity(source=SHOEYBI, at=SIZES)
def hidden_units_may_be_split_over_devices(
    x: Float[Array, "n d"], w1: Float[Array, "d f"], b1: Float[Array, " f"],
    w2: Float[Array, "f d"], b2: Float[Array, " d"],
):  # fmt: skip
    r"""Columns of $W_1$ and rows of $W_2$ in shards: outputs add up, the second bias is added once."""
    shards = [mlp(x, w1[:, s], b1[s], w2[s], None, gelu) for s in (slice(0, 2), slice(2, 4))]
    return shards[0] + shards[1] + b2[None, :], mlp(x, w1, b1, w2, b2, gelu)


@hidden_units_may_be_split_over_devices.mutant
def hidden_units_may_be_split_with_a_bias_on_each_device(x, w1, b1, w2, b2):
    shards = [mlp(x, w1[:, s], b1[s], w2[s], b2, gelu) for s in (slice(0, 2), slice(2, 4))]
    return shards[0] + shards[1], mlp(x, w1, b1, w2, b2, gelu)


@identity(source=SHOEYBI, at=SIZES)
def hidden_units_of_a_gated_network_may_be_split(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"], w2: Float[Array, "f d"]
):
    r"""Gate and value are split alike."""
    parts = [gated_mlp(x, w[:, s], v[:, s], w2[s]) for s in (slice(0, 1), slice(1, 4))]
    return parts[0] + parts[1], gated_mlp(x, w, v, w2)


@hidden_units_of_a_gated_network_may_be_split.mutant
def a_fused_gate_and_value_may_be_split_as_one_matrix(x, w, v, w2):
    fused = jnp.concatenate([w, v], 1)
    parts = [
        gated_mlp(x, fused[:, i : i + 2], fused[:, i + 2 : i + 4], w2[j : j + 2]) for i, j in ((0, 0), (4, 2))
    ]
    return parts[0] + parts[1], gated_mlp(x, w, v, w2)


@identity(
    source="Hecht-Nielsen 1990 (symmetries of weight space)",
    at=SIZES,
    given=dict(order=np.array([2, 0, 3, 1])),
)
def hidden_units_have_no_order(
    x: Float[Array, "n d"], w1: Float[Array, "d f"], b1: Float[Array, " f"],
    w2: Float[Array, "f d"], b2: Float[Array, " d"], order: Int[Array, " f"],
):  # fmt: skip
    r"""Hidden units may be permuted with their weights."""
    return mlp(x, w1[:, order], b1[order], w2[order], b2), mlp(x, w1, b1, w2, b2)


@hidden_units_have_no_order.mutant
def hidden_units_have_no_order_to_the_second_layer(x, w1, b1, w2, b2, order):
    return mlp(x, w1[:, order], b1[order], w2, b2), mlp(x, w1, b1, w2, b2)


@identity(source="Neyshabur et al. 2015, arXiv:1506.02617, section 2", at=dict(n=2, d=3, f=2))
def a_positive_scale_passes_through_a_relu(
    x: Float[Array, "n d"], w1: Float[Array, "d f"], b1: Float[Array, " f"],
    w2: Float[Array, "f d"], b2: Float[Array, " d"], c: Float[Array, " f"],
):  # fmt: skip
    r"""$(c_i^2 w_i, w_i' / c_i^2)$ for any hidden unit $i$ is the same network."""
    return mlp(x, w1 * c[None, :] ** 2, b1 * c**2, w2 / c[:, None] ** 2, b2), mlp(x, w1, b1, w2, b2)


@a_positive_scale_passes_through_a_relu.mutant
def a_scale_of_any_sign_passes_through_a_relu(x, w1, b1, w2, b2, c):
    return mlp(x, w1 * c[None, :], b1 * c, w2 / c[:, None], b2), mlp(x, w1, b1, w2, b2)


@derivative(source=f"{VASWANI}; chain rule", at=dict(n=2, d=3, f=2))
def the_network_has_the_textbook_backward_pass(
    x: Float[Array, "n d"], w1: Float[Array, "d f"], b1: Float[Array, " f"],
    w2: Float[Array, "f d"], b2: Float[Array, " d"],
):  # fmt: skip
    r"""With $h = x W_1 + b_1$ the cotangent of $h$ is $(dy\, W_2^\top) \odot [h > 0]$."""

    def vjp(x, w1, b1, w2, b2, dy):
        h = x @ w1 + b1[None, :]
        dh = jnp.where(h > 0, dy @ w2.T, 0)
        return dh @ w1.T, x.T @ dh, dh.sum(0), relu(h).T @ dy, dy.sum(0)

    return mlp, vjp


@the_network_has_the_textbook_backward_pass.mutant
def the_network_has_a_backward_pass_without_the_gate(x, w1, b1, w2, b2):
    def vjp(x, w1, b1, w2, b2, dy):
        h, dh = x @ w1 + b1[None, :], dy @ w2.T
        return dh @ w1.T, x.T @ dh, dh.sum(0), relu(h).T @ dy, dy.sum(0)

    return mlp, vjp


@derivative(source="Shazeer 2020, arXiv:2002.05202, eq. (6); chain rule", at=dict(n=2, d=2, f=3))
def the_gated_network_has_the_textbook_backward_pass(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"], w2: Float[Array, "f d"]
):
    r"""$dW_2 = (\mathrm{silu}(g) \odot h)^\top dy$; the rest is a gated linear unit's."""

    def vjp(x, w, v, w2, dy):
        g, h, du = x @ w, x @ v, dy @ w2.T
        dg, dh = du * h * sigmoid(g) * (1 + g * (1 - sigmoid(g))), du * silu(g)
        return dg @ w.T + dh @ v.T, x.T @ dg, x.T @ dh, (silu(g) * h).T @ dy

    return gated_mlp, vjp


@the_gated_network_has_the_textbook_backward_pass.mutant
def the_gated_network_has_a_backward_pass_without_the_value(x, w, v, w2):
    def vjp(x, w, v, w2, dy):
        g, h, du = x @ w, x @ v, dy @ w2.T
        dg, dh = du * sigmoid(g) * (1 + g * (1 - sigmoid(g))), du * silu(g)
        return dg @ w.T + dh @ v.T, x.T @ dg, x.T @ dh, (silu(g) * h).T @ dy

    return gated_mlp, vjp


@independence(source=VASWANI, at=dict(SIZES, n=3))
def positions_do_not_meet_in_the_network(
    x: Float[Array, "n d"], w1: Float[Array, "d f"], b1: Float[Array, " f"],
    w2: Float[Array, "f d"], b2: Float[Array, " d"],
):  # fmt: skip
    r"""Row 1 of the output does not change with rows 0 and 2 of the input."""
    row = np.arange(3)[:, None] == 1
    return mlp(x, w1, b1, w2, b2), [(np.repeat(row, 3, 1), dict(x=np.repeat(~row, 3, 1)))]


@positions_do_not_meet_in_the_network.mutant
def inputs_do_not_meet_in_the_network(x, w1, b1, w2, b2):
    row = np.arange(3)[:, None] == 1
    return mlp(x, w1, b1, w2, b2), [
        (np.repeat(row, 3, 1), dict(x=np.repeat(~row, 3, 1) | np.eye(3, dtype=bool)))
    ]
