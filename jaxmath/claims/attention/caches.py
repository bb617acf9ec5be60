"""Attention: keys that are kept, and what comes later."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import attention, attention_lse, masks
from jaxmath.verify.claim import identity

State = tuple[Array, Array, Array]


@identity(source="Pope et al. 2022, arXiv:2211.05102, section 2", at=dict(n=5, d=3, e=2))
def decoding_with_a_cache_is_causal_attention(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""One query at a time, over the keys so far, gives the rows of causal attention."""
    steps = [attention(q[t : t + 1], k[: t + 1], v[: t + 1]) for t in range(q.shape[0])]
    return jnp.concatenate(steps), attention(q, k, v, masks.causal(q.shape[0]))


@decoding_with_a_cache_is_causal_attention.mutant
def decoding_with_a_cache_that_is_one_key_behind_is_causal_attention(q, k, v):
    steps = [attention(q[t : t + 1], k[: max(t, 1)], v[: max(t, 1)]) for t in range(q.shape[0])]
    return jnp.concatenate(steps), attention(q, k, v, masks.causal(q.shape[0]))


@identity(
    source="Agrawal et al. 2023, arXiv:2308.16369, section 4.2 (chunked prefill)", at=dict(n=5, d=3, e=2)
)
def the_last_queries_need_a_mask_aligned_at_the_end(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""The last two rows of causal attention: two queries, all keys, a mask aligned at the bottom right."""
    n = q.shape[0]
    chunk = attention(q[-2:], k, v, masks.causal(2, n, "bottom-right"))
    return chunk, attention(q, k, v, masks.causal(n))[-2:]


@the_last_queries_need_a_mask_aligned_at_the_end.mutant
def the_last_queries_need_a_mask_aligned_at_the_beginning(q, k, v):
    n = q.shape[0]
    chunk = attention(q[-2:], k, v, masks.causal(2, n, "top-left"))
    return chunk, attention(q, k, v, masks.causal(n))[-2:]


@identity(source="He et al. 2021, arXiv:2110.04366, eq. (5)", at=dict(n=2, m=3, l=2, d=3, e=4))
def attention_to_two_sets_of_keys_is_a_gated_sum(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"], v: Float[Array, "m e"],
    k2: Float[Array, "l d"], v2: Float[Array, "l e"],
):  # fmt: skip
    r"""$a_{12} = (1 - \lambda) a_1 + \lambda a_2$ with $\lambda = Z_2 / (Z_1 + Z_2) = \sigma(L_2 - L_1)$."""
    gate = jax.nn.sigmoid(attention_lse(q, k2) - attention_lse(q, k))[:, None]
    whole = attention(q, jnp.concatenate([k, k2]), jnp.concatenate([v, v2]))
    return whole, (1 - gate) * attention(q, k, v) + gate * attention(q, k2, v2)


@attention_to_two_sets_of_keys_is_a_gated_sum.mutant
def attention_to_two_sets_of_keys_is_their_mean(q, k, v, k2, v2):
    whole = attention(q, jnp.concatenate([k, k2]), jnp.concatenate([v, v2]))
    return whole, (attention(q, k, v) + attention(q, k2, v2)) / 2
