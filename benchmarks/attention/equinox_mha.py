"""What `equinox.nn.MultiheadAttention` computes between its projections: one head, under vmap."""

import jax
import jax.numpy as jnp
from equinox.nn import _attention

from attention.method import Method, Setting, heads


def attend(setting: Setting):
    queries, keys = heads(setting)
    if queries != keys:
        raise NotImplementedError(
            f"equinox has as many heads of keys as of queries, not {keys} and {queries}"
        )

    def head(q, k, v):
        mask = jnp.tril(jnp.ones((len(q), len(k)), bool)) if setting["causal"] else None
        return _attention.dot_product_attention(q, k, v, mask)

    # Heads are the second axis there, as in the layer.
    return jax.vmap(jax.vmap(head, in_axes=1, out_axes=1))


METHOD = Method("bthd", attend)
