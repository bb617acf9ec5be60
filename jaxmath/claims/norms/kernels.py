"""Norms: what is fast is the textbook's, forwards and backwards."""

import jax
from jaxtyping import Array, Float

from jaxmath import definitions, kernels
from jaxmath.verify.claim import identity

SIZES = dict(n=2, d=2)


def _pullback(norm, x, operands, dy):
    return jax.vjp(lambda x, *rest: norm(x, *rest), x, *operands)[1](dy)


@identity(source="chain rule", at=SIZES)
def fast_layer_norms_pull_back_as_the_textbook_does(
    x: Float[Array, "n d"], weight: Float[Array, " d"], bias: Float[Array, " d"], dy: Float[Array, "n d"]
):
    r"""The norm, and the cotangents of vectors, weight and bias."""
    left, right = (
        (norm(x, weight, bias), _pullback(norm, x, (weight, bias), dy))
        for norm in (kernels.layer_norm, definitions.layer_norm)
    )
    return left, right


@fast_layer_norms_pull_back_as_the_textbook_does.mutant
def means_do_not_move_backwards(x, weight, bias, dy):
    def still(x, weight, bias):
        centred = x - jax.lax.stop_gradient(x.mean(-1, keepdims=True))
        return kernels.rms_norm(centred, weight, 1e-5) + bias[None]

    left, right = (
        (norm(x, weight, bias), _pullback(norm, x, (weight, bias), dy))
        for norm in (still, definitions.layer_norm)
    )
    return left, right


@identity(source="chain rule", at=SIZES)
def fast_rms_norms_pull_back_as_the_textbook_does(
    x: Float[Array, "n d"], weight: Float[Array, " d"], dy: Float[Array, "n d"]
):
    r"""The norm, and the cotangents of vectors and weight."""
    left, right = (
        (norm(x, weight), _pullback(norm, x, (weight,), dy))
        for norm in (kernels.rms_norm, definitions.rms_norm)
    )
    return left, right


@fast_rms_norms_pull_back_as_the_textbook_does.mutant
def sizes_do_not_move_backwards(x, weight, dy):
    def still(x, weight):
        size = jax.lax.stop_gradient(jax.lax.rsqrt((x**2).mean(-1, keepdims=True) + 1e-6))
        return x * size * weight[None]

    left, right = (
        (norm(x, weight), _pullback(norm, x, (weight,), dy)) for norm in (still, definitions.rms_norm)
    )
    return left, right


@identity(source="Gemma Team 2024, arXiv:2403.08295, reference code: weights are kept around zero", at=SIZES)
def weights_around_zero_are_weights_around_one(
    x: Float[Array, "n d"], weight: Float[Array, " d"], dy: Float[Array, "n d"]
):
    r"""With $1 + w$, $w = 0$ is the plain norm, and $w$ learns what a weight around one learns."""

    def shifted(x, weight):
        return kernels.rms_norm(x, 1 + weight)

    left = shifted(x, 0 * weight), _pullback(shifted, x, (weight - 1,), dy)
    return left, (definitions.rms_norm(x), _pullback(definitions.rms_norm, x, (weight,), dy))


@weights_around_zero_are_weights_around_one.mutant
def weights_around_zero_may_be_read_as_weights_around_one(x, weight, dy):
    left = kernels.rms_norm(x, 0 * weight), _pullback(kernels.rms_norm, x, (weight,), dy)
    return left, (definitions.rms_norm(x), _pullback(definitions.rms_norm, x, (weight,), dy))
