"""What is true of the residual stream."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import layer_norm, residual, rms_norm
from jaxmath.verify.claim import derivative, identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
XIONG = "Xiong et al. 2020, arXiv:2002.04745, table 1"
SIZES = dict(n=2, d=3)


def _layer(w: Array):
    return lambda y: jnp.tanh(y @ w)


@identity(source=ELHAGE, at=SIZES)
def a_pre_norm_stream_is_a_sum_of_what_was_written(
    x: Float[Array, "n d"], u: Float[Array, "d d"], v: Float[Array, "d d"], w: Float[Array, "d d"]
):
    r"""$x_L = x_0 + \sum_l f_l(\mathrm{norm}(x_l))$: nothing that was written is changed later."""
    stream, written = x, []
    for layer in map(_layer, (u, v, w)):
        written.append(layer(rms_norm(stream)))
        stream = residual(stream, layer, rms_norm, "pre")
    return stream, x + written[0] + written[1] + written[2]


@a_pre_norm_stream_is_a_sum_of_what_was_written.mutant
def a_post_norm_stream_is_a_sum_of_what_was_written(x, u, v, w):
    stream, written = x, []
    for layer in map(_layer, (u, v, w)):
        written.append(layer(stream))
        stream = residual(stream, layer, rms_norm, "post")
    return stream, x + written[0] + written[1] + written[2]


@derivative(source=XIONG, at=SIZES)
def a_pre_norm_stream_keeps_a_path_of_derivative_one(x: Float[Array, "n d"], w: Float[Array, "d d"]):
    r"""$dx = dy + J_{\mathrm{norm}}^\top J_f^\top dy$: the cotangent itself passes unharmed."""

    def step(x, w):
        return residual(x, _layer(w), rms_norm, "pre")

    def vjp(x, w, dy):
        y, pull = jax.vjp(rms_norm, x)
        slope = dy * (1 - _layer(w)(y) ** 2)
        return dy + pull(slope @ w.T)[0], y.T @ slope

    return step, vjp


@a_pre_norm_stream_keeps_a_path_of_derivative_one.mutant
def a_pre_norm_stream_has_the_derivative_of_its_sublayer(x, w):
    def step(x, w):
        return residual(x, _layer(w), rms_norm, "pre")

    def vjp(x, w, dy):
        y, pull = jax.vjp(rms_norm, x)
        slope = dy * (1 - _layer(w)(y) ** 2)
        return pull(slope @ w.T)[0], y.T @ slope

    return step, vjp


@identity(source=XIONG, at=SIZES)
def a_silent_sublayer_leaves_the_stream_to_the_norm(x: Float[Array, "n d"]):
    r"""A sublayer that writes zero: "pre" is the identity, "post" is the norm."""
    left = tuple(residual(x, lambda y: 0 * y, layer_norm, place) for place in ("pre", "post"))
    return left, (x, layer_norm(x))


@a_silent_sublayer_leaves_the_stream_to_the_norm.mutant
def a_silent_sublayer_leaves_the_stream_alone(x):
    left = tuple(residual(x, lambda y: 0 * y, layer_norm, place) for place in ("pre", "post"))
    return left, (x, x)


@identity(source="Xiong et al. 2020, arXiv:2002.04745, section 3.2", at=SIZES)
def a_post_norm_stream_forgets_its_scale(x: Float[Array, "n d"], w: Float[Array, "d d"], c: Float[Array, ""]):
    r"""A stream times $c^2$ is the same after a post-norm step with a linear sublayer, at $\epsilon = 0$."""

    def step(x):
        return residual(x, lambda y: y @ w, lambda y: layer_norm(y, eps=0.0), "post")

    return step(c**2 * x), step(x)


@a_post_norm_stream_forgets_its_scale.mutant
def a_pre_norm_stream_forgets_its_scale(x, w, c):
    def step(x):
        return residual(x, lambda y: y @ w, lambda y: layer_norm(y, eps=0.0), "pre")

    return step(c**2 * x), step(x)
