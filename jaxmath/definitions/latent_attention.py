r"""Multi-head latent attention: keys and values of all heads come out of one narrow vector per position.

Source: DeepSeek-AI, *DeepSeek-V2* (2024), arXiv:2405.04434, section 2.1, eq. (9) to (19).
Claims: `jaxmath.claims.latent_attention`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.attention import attention
from jaxmath.notation import checked


@checked
def latent_attention(
    q: Float[Array, "n d"],
    q_turned: Float[Array, "n r"],
    latent: Float[Array, "m c"],
    k_turned: Float[Array, "m r"],
    w_k: Float[Array, "c d"],
    w_v: Float[Array, "c e"],
    mask: Bool[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
) -> Float[Array, "n e"]:
    r"""One head, keys and values made of the latent vectors first ("naive").

    $$ x = \frac{q (z W_K)^\top + q_r k_r^\top}{\sqrt{d + r}}, \qquad a = \mathrm{softmax}(x)\, z W_V $$

    Args:
      q: the part of the queries that knows no positions.
      q_turned: the part that was turned by rotary positions.
      latent: $z$, a vector per position, the same for all heads; what a cache holds.
      k_turned: the turned part of the keys, the same for all heads; also in the cache.
      w_k: from latent vectors to this head's keys.
      w_v: from latent vectors to its values.
      mask: `mask[i, j]` says whether query `i` may see key `j`.
      scale: replaces $1 / \sqrt{d + r}$.
    """
    queries = jnp.concatenate([q, q_turned], axis=1)
    keys = jnp.concatenate([latent @ w_k, k_turned], axis=1)
    return attention(queries, keys, latent @ w_v, mask, scale=scale)


@checked
def absorbed_latent_attention(
    q: Float[Array, "n d"],
    q_turned: Float[Array, "n r"],
    latent: Float[Array, "m c"],
    k_turned: Float[Array, "m r"],
    w_k: Float[Array, "c d"],
    w_v: Float[Array, "c e"],
    mask: Bool[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
) -> Float[Array, "n e"]:
    r"""The same head, its matrices moved to queries and answers ("absorbed"): all heads read one cache.

    $$ x = \frac{(q W_K^\top) z^\top + q_r k_r^\top}{\sqrt{d + r}}, \qquad
       a = (\mathrm{softmax}(x)\, z)\, W_V $$

    Args: see `latent_attention`.
    """
    width = jnp.asarray(q.shape[1] + q_turned.shape[1], q.dtype)
    queries = jnp.concatenate([q @ w_k.T, q_turned], axis=1)
    keys = jnp.concatenate([latent, k_turned], axis=1)
    return attention(queries, keys, latent, mask, scale=1 / jnp.sqrt(width) if scale is None else scale) @ w_v
