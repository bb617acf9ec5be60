"""Weights of heads, and how well heads fit together."""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from jaxmath.definitions import MultiHeadParams
from jaxmath.definitions.circuits import Compositions
from jaxmath.models._transformer import Transformer
from jaxmath.modules import Attention


def heads(model: Transformer, layer: int) -> MultiHeadParams:
    """The projections of a layer's heads, as functions of the stream after an unweighted norm.

    Weight and bias of the norm before attention are folded in. What turns or norms queries and keys is not
    told, so that with rotary positions the QK circuit is that of a query and a key at one place.

    Args:
      model: with attention that is not latent.
      layer: which one.

    Raises:
      ValueError: if attention is latent or recurrent.
    """
    block = model.stack.layers[layer]
    attention, norm = block.attention, block.before.get("attention")
    if not isinstance(attention, Attention):
        raise ValueError(
            f"heads: attention must not be latent or recurrent, but that of layer {layer} is. "
            "Look at what it captures."
        )
    weight = None if norm is None or norm.weight is None else norm.weight[...] + norm.config.stored_less
    shift = None if norm is None or norm.bias is None else norm.bias[...]

    def read(linear: object, count: int) -> tuple[Array, Array | None]:
        w, b = linear.weight[...], None if linear.bias is None else linear.bias[...]  # type: ignore[attr-defined]
        if shift is not None:
            b = shift @ w if b is None else b + shift @ w
        w = w if weight is None else weight[:, None] * w
        split = w.reshape(w.shape[0], count, -1).transpose(1, 0, 2)
        return split, None if b is None else b.reshape(count, -1)

    (wq, bq), (wk, bk), (wv, bv) = (
        read(attention.q, attention.config.heads),
        read(attention.k, attention.config.groups),
        read(attention.v, attention.config.groups),
    )
    out = attention.out.weight[...]
    wo = out.reshape(attention.config.heads, -1, out.shape[1])
    bo = None if attention.out.bias is None else attention.out.bias[...]
    return MultiHeadParams(wq, wk, wv, wo, bq, bk, bv, bo)


def compositions(model: Transformer, earlier: int, later: int) -> Compositions:
    r"""Q-, K- and V-composition of every head of one layer with every head of a later one.

    Those of `jaxmath.definitions.circuits.compositions`, without the large matrices:
    $\lVert A M C^\top \rVert_F^2 = \langle A^\top A\, M, M\, C^\top C \rangle$ for narrow $A$ and $C$.

    Args:
      model: with attention that is not latent.
      earlier: a layer.
      later: a layer after it.

    Returns:
      Three arrays, one row for each head of the earlier layer and one column for each of the later.
    """
    first, second = _repeated(heads(model, earlier)), _repeated(heads(model, later))

    def pair(wv1: Array, wo1: Array, wq: Array, wk: Array, wv: Array, wo: Array) -> Compositions:
        left = wv1.T @ wv1
        ov1 = _square(left, jnp.eye(len(left), dtype=left.dtype), wo1 @ wo1.T)
        qq, kk = wq.T @ wq, wk.T @ wk
        eye = jnp.eye(len(qq), dtype=qq.dtype)
        qk = ov1 * _square(qq, eye, kk)
        ov = ov1 * _square(wv.T @ wv, jnp.eye(wv.shape[1], dtype=wv.dtype), wo @ wo.T)
        return Compositions(
            jnp.sqrt(_square(left, wo1 @ wq, kk) / qk),
            jnp.sqrt(_square(left, wo1 @ wk, qq) / qk),
            jnp.sqrt(_square(left, wo1 @ wv, wo @ wo.T) / ov),
        )

    each = jax.vmap(pair, (None, None, 0, 0, 0, 0))
    found: Compositions = jax.vmap(each, (0, 0, None, None, None, None))(first.wv, first.wo, *second[:4])
    return found


def _square(left: Array, middle: Array, right: Array) -> Array:
    return ((left @ middle) * (middle @ right)).sum()


def _repeated(params: MultiHeadParams) -> MultiHeadParams:
    """With keys and values for every head."""
    times = params.wq.shape[0] // params.wk.shape[0]
    return params._replace(wk=jnp.repeat(params.wk, times, 0), wv=jnp.repeat(params.wv, times, 0))
