r"""Sparse autoencoders: a vector as a sum of few directions out of many.

Source: Bricken et al., *Towards monosemanticity* (2023);
Cunningham et al., *Sparse autoencoders find highly interpretable features* (2023), arXiv:2309.08600;
Conerly et al., *Update on how we train SAEs* (2024) (a penalty on what is written).
Claims: `jaxmath.claims.sparse_autoencoder`.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.activations import relu
from jaxmath.notation import check


class SparseAutoencoder(NamedTuple):
    """Parameters of a sparse autoencoder.

    Attributes:
      encoder: a column for each feature, which reads it.
      encoder_bias: one number for each feature.
      decoder: a row for each feature, which it writes.
      decoder_bias: what is there without any feature.
    """

    encoder: Float[Array, "d features"]
    encoder_bias: Float[Array, " features"]
    decoder: Float[Array, "features d"]
    decoder_bias: Float[Array, " d"]


def sae_features(x: Float[Array, " d"], params: SparseAutoencoder) -> Float[Array, " features"]:
    r"""How strong each feature is, $f = \mathrm{ReLU}((x - b_d) W_e + b_e)$.

    Args:
      x: a vector of the residual stream, or of another place.
      params: the autoencoder.

    >>> params = SparseAutoencoder(jnp.eye(2), jnp.zeros(2), jnp.eye(2), jnp.zeros(2))
    >>> print(sae_features(jnp.array([2.0, -1.0]), params))
    [2. 0.]
    """
    check("sae_features", x=(x, " d"), encoder=(params.encoder, "d features"))
    return relu((x - params.decoder_bias) @ params.encoder + params.encoder_bias)


def sae_decode(features: Float[Array, " features"], params: SparseAutoencoder) -> Float[Array, " d"]:
    r"""The vector that features stand for, $\hat x = f W_d + b_d$.

    Args:
      features: $f$.
      params: the autoencoder.

    >>> params = SparseAutoencoder(jnp.eye(2), jnp.zeros(2), jnp.eye(2), jnp.ones(2))
    >>> print(sae_decode(jnp.array([2.0, 0.0]), params))
    [3. 1.]
    """
    check("sae_decode", features=(features, " features"), decoder=(params.decoder, "features d"))
    return features @ params.decoder + params.decoder_bias


def sae_penalty(features: Float[Array, " features"], params: SparseAutoencoder) -> Float[Array, ""]:
    r"""How much is written in all, $\sum_i f_i \lVert W_{d,i} \rVert$.

    >>> params = SparseAutoencoder(jnp.eye(2), jnp.zeros(2), 3 * jnp.eye(2), jnp.zeros(2))
    >>> print(sae_penalty(jnp.array([2.0, 0.0]), params))
    6.0
    """
    return features @ jnp.sqrt((params.decoder**2).sum(1))


def sae_loss(x: Float[Array, " d"], params: SparseAutoencoder, sparsity: Scalar) -> Float[Array, ""]:
    r"""Squared error and penalty, $\lVert x - \hat x \rVert^2 + \lambda \sum_i f_i \lVert W_{d,i} \rVert$.

    Args:
      x: the vector.
      params: the autoencoder.
      sparsity: $\lambda$.

    >>> params = SparseAutoencoder(jnp.eye(2), jnp.zeros(2), jnp.eye(2), jnp.zeros(2))
    >>> print(sae_loss(jnp.array([2.0, -1.0]), params, 0.5))
    2.0
    """
    features = sae_features(x, params)
    error = x - sae_decode(features, params)
    return (error**2).sum() + sparsity * sae_penalty(features, params)
