"""What is true of gated linear units."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, BFloat16, Float

from jaxmath.definitions import bilinear, geglu, glu, reglu, sigmoid, silu, swiglu
from jaxmath.verify.claim import derivative, enclosure, identity

SHAZEER = "Shazeer 2020, arXiv:2002.05202, eq. (5)"
SIZES = dict(n=2, d=3, f=2)


@identity(source=SHAZEER, at=SIZES)
def gated_units_are_linear_in_the_value(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"], u: Float[Array, "d f"],
    s: Float[Array, ""],
):  # fmt: skip
    r"""$f(x, W, V + s U) = f(x, W, V) + s f(x, W, U)$ for the whole family."""
    family = (glu, bilinear, reglu, geglu, swiglu)
    return tuple(f(x, w, v + s * u) for f in family), tuple(f(x, w, v) + s * f(x, w, u) for f in family)


@gated_units_are_linear_in_the_value.mutant
def gated_units_are_linear_in_the_gate(x, w, v, u, s):
    return swiglu(x, w + s * u, v), swiglu(x, w, v) + s * swiglu(x, u, v)


@identity(source=SHAZEER, at=SIZES)
def swiglu_is_its_input_times_glu(x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"]):
    r"""$\mathrm{swiglu} = (x W) \odot \mathrm{glu}$, and $\mathrm{bilinear}$ is symmetric in $W$ and $V$."""
    return (swiglu(x, w, v), bilinear(x, w, v)), ((x @ w) * glu(x, w, v), bilinear(x, v, w))


@swiglu_is_its_input_times_glu.mutant
def swiglu_is_symmetric(x, w, v):
    return swiglu(x, w, v), swiglu(x, v, w)


@derivative(source=f"{SHAZEER}; product rule", at=SIZES)
def swiglu_has_the_textbook_backward_pass(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"],
    b: Float[Array, " f"], c: Float[Array, " f"],
):  # fmt: skip
    r"""$dg = dy\, h\, \sigma(g)(1 + g (1 - \sigma(g)))$ and $dh = dy\, \mathrm{silu}(g)$.

    Gate and value are $g = x W + b$ and $h = x V + c$.
    """

    def vjp(x, w, v, b, c, dy):
        g, h = x @ w + b[None, :], x @ v + c[None, :]
        dg, dh = dy * h * sigmoid(g) * (1 + g * (1 - sigmoid(g))), dy * silu(g)
        return dg @ w.T + dh @ v.T, x.T @ dg, x.T @ dh, dg.sum(0), dh.sum(0)

    return swiglu, vjp


@swiglu_has_the_textbook_backward_pass.mutant
def swiglu_has_a_backward_pass_with_branches_swapped(x, w, v, b, c):
    def vjp(x, w, v, b, c, dy):
        g, h = x @ w + b[None, :], x @ v + c[None, :]
        dg, dh = dy * silu(g), dy * h * sigmoid(g) * (1 + g * (1 - sigmoid(g)))
        return dg @ w.T + dh @ v.T, x.T @ dg, x.T @ dh, dg.sum(0), dh.sum(0)

    return swiglu, vjp


@derivative(source="Dauphin et al. 2016, arXiv:1612.08083, eq. (3)", at=SIZES)
def glu_keeps_a_linear_path_for_the_gradient(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"]
):
    r"""Of $dx$ the part $(dy \odot \sigma(g)) V^\top$ is not damped by $\sigma'$."""

    def vjp(x, w, v, dy):
        g, h = x @ w, x @ v
        dg, dh = dy * h * sigmoid(g) * sigmoid(-g), dy * sigmoid(g)
        return dg @ w.T + dh @ v.T, x.T @ dg, x.T @ dh

    return glu, vjp


@glu_keeps_a_linear_path_for_the_gradient.mutant
def glu_damps_all_gradients(x, w, v):
    def vjp(x, w, v, dy):
        g, h = x @ w, x @ v
        dg, dh = dy * h * sigmoid(g) * sigmoid(-g), dy * sigmoid(g) * sigmoid(-g)
        return dg @ w.T + dh @ v.T, x.T @ dg, x.T @ dh

    return glu, vjp


@identity(source=SHAZEER, at=SIZES)
def reglu_and_bilinear_scale_with_their_weights(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"], s: Float[Array, " f"]
):
    r"""A scale $s^2$ may move between gate and value of a unit: $f(x, s^2 W, V / s^2) = f(x, W, V)$."""
    moved = w * s[None, :] ** 2, v / s[None, :] ** 2
    return (reglu(x, *moved), bilinear(x, *moved)), (reglu(x, w, v), bilinear(x, w, v))


@reglu_and_bilinear_scale_with_their_weights.mutant
def swiglu_scales_with_its_weights(x, w, v, s):
    moved = w * s[None, :] ** 2, v / s[None, :] ** 2
    return swiglu(x, *moved), swiglu(x, w, v)


_HALF = dict(n=2, d=512, f=4)
Half = BFloat16[Array, "n d"]
HalfWeights = BFloat16[Array, "d f"]


@enclosure(source="IEEE 754: products of bfloat16 are exact in float32", at=_HALF, ulps=0.51)
def swiglu_accumulated_in_float32_is_rounded_once(x: Half, w: HalfWeights, v: HalfWeights):
    r"""Sums, gate and product in float32, then one rounding to bfloat16: as near as can be."""
    wide = swiglu(*(y.astype(jnp.float32) for y in (x, w, v)))
    return wide.astype(jnp.bfloat16), swiglu(x, w, v)


@swiglu_accumulated_in_float32_is_rounded_once.mutant
def swiglu_accumulated_in_bfloat16_is_rounded_once(x, w, v):
    return silu(_added_up(x, w)) * _added_up(x, v), swiglu(x, w, v)


@enclosure(source="a relative error of half an epsilon is below one ulp", at=_HALF, ulps=5.1)
def swiglu_of_bfloat16_has_five_roundings(x: Half, w: HalfWeights, v: HalfWeights):
    r"""Gate (which SiLU makes at most 1.1 times larger above zero), sigmoid, their product, value, product.

    This is the textbook's program, with bfloat16 in and out.
    """
    return swiglu(x, w, v), swiglu(x, w, v)


@swiglu_of_bfloat16_has_five_roundings.mutant
def swiglu_accumulated_in_bfloat16_has_five_roundings(x, w, v):
    return silu(_added_up(x, w)) * _added_up(x, v), swiglu(x, w, v)


def _added_up(x: Array, w: Array) -> Array:
    """A product whose sums are rounded to bfloat16 after every term."""

    def add(total, terms):
        return jax.lax.reduce_precision(total + terms[0][:, None] * terms[1][None], 8, 7), None

    start = jnp.zeros((x.shape[0], w.shape[1]), x.dtype)
    return jax.lax.scan(add, start, (x.T, w))[0]
