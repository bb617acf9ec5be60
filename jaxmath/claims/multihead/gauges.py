"""Several heads: gauges, low-rank keys, and splits over devices."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import MultiHeadParams, attention, multi_head_attention
from jaxmath.verify.claim import identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
DEEPSEEK = "DeepSeek-AI 2024, DeepSeek-V2, arXiv:2405.04434, section 2.1.2"
SHOEYBI = "Shoeybi et al. 2019, arXiv:1909.08053, section 3"
SIZES = dict(n=2, m=3, d=3, c=2, h=2, g=2, k=2, e=2)


def _inverse(a: Array) -> Array:
    return jnp.array([[a[1, 1], -a[0, 1]], [-a[1, 0], a[0, 0]]]) / (a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0])


def _plain(params: MultiHeadParams) -> MultiHeadParams:
    return MultiHeadParams(*params[:4])


@identity(source=ELHAGE, at=SIZES)
def queries_and_keys_have_a_common_gauge(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams, a: Float[Array, "k k"]
):
    r"""$(W_Q A, W_K A^{-\top})$ for any invertible $A$ gives the same attention."""
    p = _plain(params)
    turned = p._replace(wq=p.wq @ a, wk=p.wk @ _inverse(a).T)
    return multi_head_attention(x, z, turned), multi_head_attention(x, z, p)


@queries_and_keys_have_a_common_gauge.mutant
def queries_and_keys_have_a_common_gauge_without_transposing(x, z, params, a):
    p = _plain(params)
    turned = p._replace(wq=p.wq @ a, wk=p.wk @ _inverse(a))
    return multi_head_attention(x, z, turned), multi_head_attention(x, z, p)


@identity(source=ELHAGE, at=SIZES)
def values_and_outputs_have_a_common_gauge(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams, b: Float[Array, "e e"]
):
    r"""$(W_V B, B^{-1} W_O)$ for any invertible $B$ gives the same attention."""
    p = _plain(params)
    turned = p._replace(wv=p.wv @ b, wo=_inverse(b) @ p.wo)
    return multi_head_attention(x, z, turned), multi_head_attention(x, z, p)


@values_and_outputs_have_a_common_gauge.mutant
def values_and_outputs_have_an_orthogonal_gauge_only(x, z, params, b):
    p = _plain(params)
    turned = p._replace(wv=p.wv @ b, wo=b.T @ p.wo)
    return multi_head_attention(x, z, turned), multi_head_attention(x, z, p)


@identity(source=DEEPSEEK, at=dict(n=2, m=4, d=3, r=2, e=3))
def latent_keys_may_be_absorbed_into_queries(
    q: Float[Array, "n d"], c: Float[Array, "m r"], up_k: Float[Array, "r d"],
    up_v: Float[Array, "r e"], wo: Float[Array, "e 5"],
):  # fmt: skip
    r"""Keys $c U_K$, values $c U_V$: attention to $c$ with queries $q U_K^\top$ and outputs $U_V W_O$."""
    scale = 1 / jnp.sqrt(q.shape[-1])
    absorbed = attention(q @ up_k.T, c, c, scale=scale) @ (up_v @ wo)
    return attention(q, c @ up_k, c @ up_v) @ wo, absorbed


@latent_keys_may_be_absorbed_into_queries.mutant
def latent_keys_bring_their_own_scale(q, c, up_k, up_v, wo):
    return attention(q, c @ up_k, c @ up_v) @ wo, attention(q @ up_k.T, c, c) @ (up_v @ wo)


@identity(source=SHOEYBI, at=dict(SIZES, h=4, g=4))
def heads_may_be_split_over_devices(x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams):
    r"""The sum over shards of heads is multi-head attention; the output bias is added once."""
    *projections, bo = jax.tree.leaves(params)
    shards = [MultiHeadParams(*(p[i : i + 2] for p in projections)) for i in (0, 2)]
    total = multi_head_attention(x, z, shards[0]) + multi_head_attention(x, z, shards[1])
    return total + bo[None, :], multi_head_attention(x, z, params)


@heads_may_be_split_over_devices.mutant
def heads_may_be_split_with_a_bias_on_each_device(x, z, params):
    shards = [MultiHeadParams(*(p[i : i + 2] for p in params[:7]), params.bo) for i in (0, 2)]
    total = multi_head_attention(x, z, shards[0]) + multi_head_attention(x, z, shards[1])
    return total, multi_head_attention(x, z, params)


@identity(source="Vaswani et al. 2017, section 3.2.3", at=SIZES, given=dict(order=np.array([2, 0, 1])))
def cross_attention_does_not_know_the_order_of_what_it_reads(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams, order: Int[Array, " m"]
):
    r"""The sequence that is asked may be permuted; a permuted sequence that asks gets permuted answers."""
    y = multi_head_attention(x, z, params)
    left = multi_head_attention(x, z[order], params), multi_head_attention(x[::-1], z, params)
    return left, (y, y[::-1])


@cross_attention_does_not_know_the_order_of_what_it_reads.mutant
def cross_attention_does_not_know_the_order_of_who_reads(x, z, params, order):
    y = multi_head_attention(x, z, params)
    return (multi_head_attention(x, z[order], params), multi_head_attention(x[::-1], z, params)), (y, y)
