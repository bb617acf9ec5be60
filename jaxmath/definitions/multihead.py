r"""Multi-head, grouped-query and multi-query attention.

Several attentions side by side, each in its own small space; groups of heads may share keys and values.

Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2; Phuong & Hutter (2022), arXiv:2207.09238,
algorithm 5; Shazeer (2019), arXiv:1911.02150 (one group); Ainslie et al. (2023), arXiv:2305.13245 (groups).
Claims: `jaxmath.claims.multihead`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.attention import attention
from jaxmath.definitions.params import MultiHeadParams
from jaxmath.notation import checked


@checked
def grouped_query_attention(
    q: Float[Array, "h n d"],
    k: Float[Array, "g m d"],
    v: Float[Array, "g m e"],
    mask: Bool[Array, "n m"] | None = None,
    bias: Float[Array, "h n m"] | None = None,
    *,
    scale: Scalar | None = None,
    soft_cap: Scalar | None = None,
    sink: Float[Array, " h"] | None = None,
) -> Float[Array, "h n e"]:
    r"""Head $i$ of $h$ attends to keys and values $\lfloor i g / h \rfloor$ of $g$.

    Multi-head attention has $g = h$, multi-query attention $g = 1$.

    Raises:
      ValueError: if $g$ does not divide $h$.
    """
    h, g = q.shape[0], k.shape[0]
    if h % g:
        raise ValueError(
            f"grouped_query_attention: the heads of q must be a multiple of the heads of k, "
            f"but q has h={h} and k has g={g}. Repeat or drop heads of k and v."
        )

    def head(q: Array, k: Array, v: Array, bias: Array | None, sink: Array | None) -> Array:
        return attention(q, k, v, mask, bias, scale=scale, soft_cap=soft_cap, sink=sink)

    return jax.vmap(head)(q, jnp.repeat(k, h // g, axis=0), jnp.repeat(v, h // g, axis=0), bias, sink)


@checked
def multi_head_attention(
    x: Float[Array, "n d"],
    z: Float[Array, "m c"],
    params: MultiHeadParams,
    mask: Bool[Array, "n m"] | None = None,
    bias: Float[Array, "h n m"] | None = None,
    *,
    attend: Callable[..., Array] = grouped_query_attention,
) -> Float[Array, "n d"]:
    r"""Attention of the sequence `x` to the sequence `z` (`x` itself for self-attention).

    $$ y = b_O + \sum_{i=1}^h \mathrm{attention}(x W_Q^i + b_Q^i, z W_K^i + b_K^i, z W_V^i + b_V^i)\, W_O^i $$

    Departs from the source: the heads are added through their own $W_O^i$, not concatenated;
    heads may share keys and values.

    Args:
      x: the sequence that asks.
      z: the sequence that is asked.
      params: the projections.
      mask: which pairs may meet, in every head.
      bias: added to the scores of each head.
      attend: attention over heads, `attend(q, k, v, mask, bias)`; positions may enter here.
    """
    q = _project(x, params.wq, params.bq)
    k = _project(z, params.wk, params.bk)
    v = _project(z, params.wv, params.bv)
    y = jnp.einsum("hne,hed->nd", attend(q, k, v, mask, bias), params.wo)
    return y if params.bo is None else y + params.bo[None, :]


def _project(x: Array, w: Array, b: Array | None) -> Array:
    y = jnp.einsum("nd,hdk->hnk", x, w)
    return y if b is None else y + b[:, None, :]
