"""What is true of several heads: groups, gauges and splits."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import MultiHeadParams, attention, grouped_query_attention, multi_head_attention
from jaxmath.verify.claim import derivative, identity

VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2"
AINSLIE = "Ainslie et al. 2023, arXiv:2305.13245, section 2.2"
ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
SIZES = dict(n=2, m=3, d=3, c=2, h=2, g=2, k=2, e=3)


@identity(source=AINSLIE, at=dict(n=2, m=3, d=2, e=3))
def grouped_heads_are_heads_with_repeated_keys(
    q: Float[Array, "4 n d"], k: Float[Array, "2 m d"], v: Float[Array, "2 m e"]
):
    r"""Heads 0 and 1 attend to keys and values 0, heads 2 and 3 to keys and values 1."""
    heads = [attention(q[i], k[i // 2], v[i // 2]) for i in range(4)]
    return grouped_query_attention(q, k, v), jnp.stack(heads)


@grouped_heads_are_heads_with_repeated_keys.mutant
def grouped_heads_take_turns(q, k, v):
    heads = [attention(q[i], k[i % 2], v[i % 2]) for i in range(4)]
    return grouped_query_attention(q, k, v), jnp.stack(heads)


@derivative(source=AINSLIE, at=dict(n=1, m=2, d=2, e=2))
def shared_keys_collect_the_gradients_of_their_heads(
    q: Float[Array, "4 n d"], k: Float[Array, "2 m d"], v: Float[Array, "2 m e"]
):
    r"""$dk_g$ and $dv_g$ are sums over the heads of group $g$."""

    def vjp(q, k, v, do):
        repeated = [jnp.repeat(a, 2, axis=0) for a in (k, v)]
        dq, dk, dv = jax.vjp(jax.vmap(attention), q, *repeated)[1](do)
        return dq, dk[0::2] + dk[1::2], dv[0::2] + dv[1::2]

    return grouped_query_attention, vjp


@shared_keys_collect_the_gradients_of_their_heads.mutant
def shared_keys_collect_the_gradients_of_other_heads(q, k, v):
    def vjp(q, k, v, do):
        repeated = [jnp.repeat(a, 2, axis=0) for a in (k, v)]
        dq, dk, dv = jax.vjp(jax.vmap(attention), q, *repeated)[1](do)
        return dq, dk[:2] + dk[2:], dv[:2] + dv[2:]

    return grouped_query_attention, vjp


def _concatenated(x: Array, z: Array, params: Any, step: int) -> Array:
    q, k, v = (
        jnp.einsum("nd,hdk->hnk", y, w) + b[:, None, :]
        for y, w, b in ((x, params.wq, params.bq), (z, params.wk, params.bk), (z, params.wv, params.bv))
    )
    heads = jnp.concatenate([attention(*qkv) for qkv in zip(q, k, v, strict=True)][::step], -1)
    return heads @ jnp.concatenate(list(params.wo)) + params.bo[None, :]


@identity(source=VASWANI, at=SIZES)
def adding_heads_is_concatenating_them(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams
):
    r"""$\sum_i a_i W_O^i = \mathrm{concat}(a_1, \dots, a_h)\, W_O$ with the $W_O^i$ stacked."""
    return multi_head_attention(x, z, params), _concatenated(x, z, params, 1)


@adding_heads_is_concatenating_them.mutant
def adding_heads_is_concatenating_them_backwards(x, z, params):
    return multi_head_attention(x, z, params), _concatenated(x, z, params, -1)


@identity(source=VASWANI, at=dict(SIZES, h=3, g=3), given=dict(order=np.array([2, 0, 1])))
def the_order_of_heads_does_not_matter(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams, order: Int[Array, " h"]
):
    r"""All projections may be permuted together."""
    *projections, bo = jax.tree.leaves(params)
    moved = MultiHeadParams(*(p[order] for p in projections))._replace(bo=bo)
    return multi_head_attention(x, z, moved), multi_head_attention(x, z, params)


@the_order_of_heads_does_not_matter.mutant
def the_order_of_heads_does_not_matter_to_the_output_projection(x, z, params, order):
    moved = MultiHeadParams(
        *(p[order] for p in params[:3]), params.wo, *(b[order] for b in params[4:7]), params.bo
    )
    return multi_head_attention(x, z, moved), multi_head_attention(x, z, params)


@identity(source=ELHAGE, at=SIZES)
def a_bias_of_keys_does_nothing_and_one_of_values_passes_through(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams
):
    r"""$b_K$ may be left out; $b_V$ may be moved into $b_O + \sum_i b_V^i W_O^i$."""
    bv, bo = jax.tree.leaves(params)[6:]
    without = params._replace(bk=None, bv=None, bo=bo + jnp.einsum("he,hed->d", bv, params.wo))
    return multi_head_attention(x, z, params), multi_head_attention(x, z, without)


@a_bias_of_keys_does_nothing_and_one_of_values_passes_through.mutant
def a_bias_of_queries_does_nothing(x, z, params):
    return multi_head_attention(x, z, params), multi_head_attention(x, z, params._replace(bq=None))
