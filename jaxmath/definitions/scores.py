r"""Attention scores: how well each key fits each query.

Source: Vaswani et al., *Attention is all you need* (2017), arXiv:1706.03762, eq. (1);
soft-cap: Gemma team, *Gemma 2* (2024), arXiv:2408.00118, section 2;
sink: OpenAI, *gpt-oss-120b & gpt-oss-20b model card* (2025), arXiv:2508.10925, section 2.2.
Claims: `jaxmath.claims.scores`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.activations import soft_cap as cap
from jaxmath.notation import checked


@checked
def attention_scores(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    bias: Float[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
    soft_cap: Scalar | None = None,
) -> Float[Array, "n m"]:
    r"""The scores before mask and sink, $c \tanh \frac{q k^\top}{c \sqrt d} + b$.

    See `attention` for the arguments.

    >>> print(attention_scores(jnp.ones((1, 4)), jnp.ones((2, 4)), scale=0.5))
    [[2. 2.]]
    """
    x = q @ k.T
    x = x / jnp.sqrt(q.shape[-1]) if scale is None else x * scale
    x = x if soft_cap is None else cap(x, soft_cap)
    return x if bias is None else x + bias


def with_sink(
    x: Float[Array, "n m"], mask: Bool[Array, "n m"] | None, sink: Scalar | None
) -> tuple[Float[Array, "n _"], Bool[Array, "n _"] | None]:
    r"""Scores and mask with one more column: a key that every query sees, with the score `sink`."""
    if sink is None:
        return x, mask
    seen = jnp.ones(x.shape, bool) if mask is None else mask
    column = jnp.broadcast_to(jnp.asarray(sink, x.dtype), (x.shape[0], 1))
    return jnp.concatenate([x, column], 1), jnp.concatenate([seen, jnp.ones(column.shape, bool)], 1)
