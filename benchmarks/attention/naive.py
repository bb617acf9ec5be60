"""The definition, word for word, batched by einsum."""

import jax
import jax.numpy as jnp

from attention.method import Method, Setting


def attend(setting: Setting):
    def attention(q, k, v):
        scores = jnp.einsum("bgrtd,bgzsd->bgrts", q, k) / jnp.sqrt(q.shape[-1]).astype(q.dtype)
        if setting["causal"]:
            n, m = scores.shape[-2:]
            seen = jnp.arange(n)[:, None] >= jnp.arange(m)
            scores = jnp.where(seen, scores, jnp.finfo(scores.dtype).min)
        return jnp.einsum("bgrts,bgzsd->bgrtd", jax.nn.softmax(scores), v)

    return attention


METHOD = Method("bgrtd", attend)
