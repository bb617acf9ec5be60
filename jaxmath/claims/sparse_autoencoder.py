"""What is true of sparse autoencoders."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import SparseAutoencoder, sae_decode, sae_features, sae_loss, sae_penalty
from jaxmath.verify.claim import identity

CONERLY = "Conerly et al. 2024, Update on how we train SAEs"
BRICKEN = "Bricken et al. 2023, Towards monosemanticity"
Scalar = Float[Array, ""]
SIZES = dict(d=2, features=3)
Row = Float[Array, " d"]
Params = SparseAutoencoder
SHAPES = SparseAutoencoder(
    *(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in ((2, 3), (3,), (3, 2), (2,)))
)


def _scaled(params: Params, c: Array) -> Params:
    """Features that are read louder and written softer."""
    encoder, bias, decoder, rest = params
    return SparseAutoencoder(encoder * c[None, :], bias * c, decoder / c[:, None], rest)


@identity(source=f"{CONERLY}: a rescaling that changes nothing", given=dict(params=SHAPES))
def the_scale_of_a_feature_is_a_gauge(x: Float[Array, "2"], scales: Float[Array, "3"], params: Params):
    r"""With $e^{c_i}$ times its reader and bias and $e^{-c_i}$ times its writer, the same is written."""
    changed = _scaled(params, jnp.exp(scales))
    return sae_decode(sae_features(x, changed), changed), sae_decode(sae_features(x, params), params)


@the_scale_of_a_feature_is_a_gauge.mutant
def the_scale_of_a_feature_is_a_gauge_without_its_bias(x, scales, params):
    changed = _scaled(params, jnp.exp(scales))._replace(encoder_bias=params.encoder_bias)
    return sae_decode(sae_features(x, changed), changed), sae_decode(sae_features(x, params), params)


@identity(source=f"{CONERLY}: the penalty counts what is written", given=dict(params=SHAPES))
def the_penalty_does_not_see_the_scale_of_a_feature(
    features: Float[Array, "3"], scales: Float[Array, "3"], params: Params
):
    r"""$\sum_i e^{c_i} f_i \lVert e^{-c_i} W_{d,i} \rVert = \sum_i f_i \lVert W_{d,i} \rVert$."""
    c = jnp.exp(scales)
    return sae_penalty(c * features, _scaled(params, c)), sae_penalty(features, params)


@the_penalty_does_not_see_the_scale_of_a_feature.mutant
def a_penalty_on_features_alone_does_not_see_their_scale(features, scales, params):
    return (jnp.exp(scales) * features).sum(), features.sum()


@identity(source="features have no order", given=dict(params=SHAPES))
def the_order_of_features_is_a_gauge(x: Float[Array, "2"], params: Params):
    r"""Columns of the encoder and rows of the decoder may be permuted together."""
    order = jnp.array([2, 0, 1])
    encoder, bias, decoder, rest = params
    changed = SparseAutoencoder(encoder[:, order], bias[order], decoder[order], rest)
    return (sae_features(x, changed), sae_loss(x, changed, 0.5)), (
        sae_features(x, params)[order],
        sae_loss(x, params, 0.5),
    )


@the_order_of_features_is_a_gauge.mutant
def the_order_of_features_is_a_gauge_of_the_encoder(x, params):
    order = jnp.array([2, 0, 1])
    encoder, bias, decoder, rest = params
    changed = SparseAutoencoder(encoder[:, order], bias[order], decoder, rest)
    return sae_loss(x, changed, 0.5), sae_loss(x, params, 0.5)


@identity(source="Wright & Sharkey 2024, Addressing feature suppression in SAEs", at=dict(d=2))
def a_penalty_shrinks_a_feature_by_half_its_weight(x: Row, half: Scalar, sparsity: Scalar):
    r"""$\lVert x - f w \rVert^2 + \lambda f$ is least at $\langle x, w \rangle - \lambda / 2$, a unit $w$."""
    w = jnp.stack([1 - half**2, 2 * half]) / (1 + half**2)

    def loss(f):
        return ((x - f * w) ** 2).sum() + sparsity * f

    best = x @ w - sparsity / 2
    return (jax.grad(loss)(best), jax.grad(jax.grad(loss))(best)), (0 * half, 0 * half + 2)


@a_penalty_shrinks_a_feature_by_half_its_weight.mutant
def the_penalty_leaves_a_feature_that_is_there_alone(x, half, sparsity):
    w = jnp.stack([1 - half**2, 2 * half]) / (1 + half**2)
    return jax.grad(lambda f: ((x - f * w) ** 2).sum() + sparsity * f)(x @ w), 0 * half


@identity(source=f"{BRICKEN}: dead neurons", given=dict(params=SHAPES))
def a_feature_that_is_off_has_no_gradient(x: Float[Array, "2"], params: Params, below: Scalar):
    r"""With the reader of feature 0 at $-e^{t}$ for this input: reader, bias and writer stay as they are."""
    pulled = (x - params.decoder_bias) @ params.encoder
    off = params.encoder_bias.at[0].set(-pulled[0] - jnp.exp(below))
    slopes = jax.grad(lambda p: sae_loss(x, p, 0.5))(params._replace(encoder_bias=off))
    found = slopes.encoder[:, 0], slopes.encoder_bias[0], slopes.decoder[0]
    return found, jax.tree.map(jnp.zeros_like, found)


@a_feature_that_is_off_has_no_gradient.mutant
def a_feature_that_is_on_has_no_gradient(x, params, below):
    pulled = (x - params.decoder_bias) @ params.encoder
    on = params.encoder_bias.at[0].set(-pulled[0] + jnp.exp(below))
    slopes = jax.grad(lambda p: sae_loss(x, p, 0.5))(params._replace(encoder_bias=on))
    found = slopes.encoder[:, 0], slopes.encoder_bias[0], slopes.decoder[0]
    return found, jax.tree.map(jnp.zeros_like, found)
