r"""A loss in other units: words to choose from, bits for each byte of text.

Source: Jelinek et al., *Perplexity: a measure of the difficulty of speech recognition tasks* (1977);
Gao et al., *The Pile* (2020), arXiv:2101.00027, section 3.1 (bits per byte).
Claims: `jaxmath.claims.perplexity`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def perplexity(losses: Float[Array, " n"]) -> Float[Array, ""]:
    r"""$e^{\bar\ell}$ for the losses of $n$ tokens in nats: the number of equally likely words.

    >>> print(perplexity(jnp.log(jnp.array([2.0, 8.0]))).round(4))
    4.0
    """
    return jnp.exp(losses.mean())


def bits_per_byte(losses: Float[Array, " n"], bytes_: Scalar) -> Float[Array, ""]:
    r"""$\sum_i \ell_i / (B \log 2)$: the length of the best code over that of the text, $B$ bytes.

    It does not depend on how the text is cut into tokens, as long as its probability is the same.

    >>> print(bits_per_byte(jnp.log(jnp.array([2.0, 8.0])), 8))
    0.5
    """
    return losses.sum() / (bytes_ * jnp.log(jnp.asarray(2.0, losses.dtype)))
