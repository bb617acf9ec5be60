"""What is true of layer norm and RMS norm."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import layer_norm, rms_norm
from jaxmath.verify.claim import derivative, identity

BA = "Ba, Kiros & Hinton 2016, arXiv:1607.06450, section 5.1"
ZHANG = "Zhang & Sennrich 2019, arXiv:1910.07467, section 4"
SIZES = dict(n=2, d=4)


@derivative(source="Ba et al. 2016, arXiv:1607.06450, eq. (3); chain rule", at=SIZES)
def layer_norm_pulls_back_without_mean_and_direction(
    x: Float[Array, "n d"], weight: Float[Array, " d"], bias: Float[Array, " d"]
):
    r"""$dx = \tfrac1s (g - \bar g - \hat x\, \overline{g \hat x})$ with $g = \gamma \odot dy$.

    $d\gamma = \sum dy \odot \hat x$ and $d\beta = \sum dy$.
    """

    def vjp(x, weight, bias, dy, eps=1e-5):
        centred = x - x.mean(-1, keepdims=True)
        s = jnp.sqrt((centred**2).mean(-1, keepdims=True) + eps)
        unit, g = centred / s, dy * weight[None, :]
        dx = (g - g.mean(-1, keepdims=True) - unit * (g * unit).mean(-1, keepdims=True)) / s
        return dx, (dy * unit).sum(0), dy.sum(0)

    return layer_norm, vjp


@layer_norm_pulls_back_without_mean_and_direction.mutant
def layer_norm_pulls_back_without_direction(x, weight, bias):
    def vjp(x, weight, bias, dy, eps=1e-5):
        unit = rms_norm(x, eps=eps)
        s = jnp.sqrt((x**2).mean(-1, keepdims=True) + eps)
        g = dy * weight[None, :]
        return (g - unit * (g * unit).mean(-1, keepdims=True)) / s, (dy * unit).sum(0), dy.sum(0)

    return layer_norm, vjp


@layer_norm_pulls_back_without_mean_and_direction.mutant
def layer_norm_pulls_back_with_another_epsilon(x, weight, bias):
    right = layer_norm_pulls_back_without_mean_and_direction(x, weight, bias)[1]
    return layer_norm, lambda *args: right(*args, eps=2e-5)


@derivative(source=ZHANG, at=SIZES)
def rms_norm_pulls_back_without_direction(x: Float[Array, "n d"], weight: Float[Array, " d"]):
    r"""$dx = \tfrac1r (g - \hat x\, \overline{g \hat x})$ with $g = \gamma\, dy$."""

    def vjp(x, weight, dy):
        r = jnp.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)
        unit, g = x / r, dy * weight[None, :]
        return (g - unit * (g * unit).mean(-1, keepdims=True)) / r, (dy * unit).sum(0)

    return rms_norm, vjp


@rms_norm_pulls_back_without_direction.mutant
def rms_norm_pulls_back_without_mean_and_direction(x, weight):
    def vjp(x, weight, dy):
        r = jnp.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)
        unit, g = x / r, dy * weight[None, :]
        dx = (g - g.mean(-1, keepdims=True) - unit * (g * unit).mean(-1, keepdims=True)) / r
        return dx, (dy * unit).sum(0)

    return rms_norm, vjp


@identity(source=ZHANG, at=SIZES)
def layer_norm_is_rms_norm_after_centring(x: Float[Array, "n d"], eps: Float[Array, ""]):
    r"""$\mathrm{LN}(x) = \mathrm{RMS}(x - \bar x)$ for every $\epsilon$."""
    return layer_norm(x, eps=eps), rms_norm(x - x.mean(-1, keepdims=True), eps=eps)


@layer_norm_is_rms_norm_after_centring.mutant
def layer_norm_is_rms_norm(x, eps):
    return layer_norm(x, eps=eps), rms_norm(x, eps=eps)


@identity(source=BA, at=SIZES)
def layer_norm_ignores_a_shift_and_carries_epsilon_with_a_scale(
    x: Float[Array, "n d"], a: Float[Array, ""], c: Float[Array, ""], eps: Float[Array, ""]
):
    r"""$\mathrm{LN}(s x + a; s^2 \epsilon) = \mathrm{LN}(x; \epsilon)$ for $s = c^2$."""
    return layer_norm(c**2 * x + a, eps=c**4 * eps), layer_norm(x, eps=eps)


@layer_norm_ignores_a_shift_and_carries_epsilon_with_a_scale.mutant
def layer_norm_ignores_a_scale_at_any_epsilon(x, a, c, eps):
    return layer_norm(c**2 * x + a, eps=eps), layer_norm(x, eps=eps)


@identity(source=f"{ZHANG}; Ashkboos et al. 2024, SliceGPT, arXiv:2401.15024, eq. (2)", at=dict(n=2))
def rms_norm_commutes_with_rotations(x: Float[Array, "n 4"], s: Float[Array, ""], t: Float[Array, ""]):
    r"""$\mathrm{RMS}(x R) = \mathrm{RMS}(x) R$ for orthogonal $R$, here two turns in crossing planes."""
    turn = _turn(0, 2, s) @ _turn(1, 2, t)
    return rms_norm(x @ turn), rms_norm(x) @ turn


@rms_norm_commutes_with_rotations.mutant
def layer_norm_commutes_with_rotations(x, s, t):
    turn = _turn(0, 2, s) @ _turn(1, 2, t)
    return layer_norm(x @ turn), layer_norm(x) @ turn


def _turn(i: int, j: int, angle: Array) -> Array:
    c, s = jnp.cos(angle), jnp.sin(angle)
    return jnp.eye(4).at[i, i].set(c).at[j, j].set(c).at[i, j].set(-s).at[j, i].set(s)


@identity(source="Nanda & Bloom 2022, TransformerLens, fold_layer_norm", at=dict(n=2, d=3, f=2))
def weights_of_a_norm_fold_into_the_next_layer(
    x: Float[Array, "n d"], weight: Float[Array, " d"], bias: Float[Array, " d"],
    w: Float[Array, "d f"], b: Float[Array, " f"],
):  # fmt: skip
    r"""$\mathrm{LN}_{\gamma\beta}(x) W + b = \mathrm{LN}(x)\, (\gamma W) + (\beta W + b)$."""
    folded = layer_norm(x) @ (weight[:, None] * w) + (bias @ w + b)[None, :]
    return layer_norm(x, weight, bias) @ w + b[None, :], folded


@weights_of_a_norm_fold_into_the_next_layer.mutant
def weights_of_a_norm_fold_into_the_next_layer_without_the_bias(x, weight, bias, w, b):
    folded = layer_norm(x) @ (weight[:, None] * w) + (bias + b @ w.T)[None, :] @ w
    return layer_norm(x, weight, bias) @ w + b[None, :], folded


@identity(source="Nanda & Bloom 2022, TransformerLens, center_writing_weights", at=dict(n=2, f=3, d=4))
def layer_norm_does_not_see_means_of_what_writes_to_it(
    x: Float[Array, "n d"], y: Float[Array, "n f"], w: Float[Array, "f d"]
):
    r"""Rows of a matrix that writes into the stream may be centred."""
    return layer_norm(x + y @ w), layer_norm(x + y @ (w - w.mean(1, keepdims=True)))


@layer_norm_does_not_see_means_of_what_writes_to_it.mutant
def layer_norm_does_not_see_column_means(x, y, w):
    return layer_norm(x + y @ w), layer_norm(x + y @ (w - w.mean(0, keepdims=True)))
