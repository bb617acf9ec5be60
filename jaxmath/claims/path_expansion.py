"""What is true of the expansion of two layers of attention into paths."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import MultiHeadParams, multi_head_attention, unembed
from jaxmath.definitions.attention_only import (
    AttentionOnlyParams,
    attention_only_transformer,
    attention_only_weights,
)
from jaxmath.definitions.circuits import ov_circuit
from jaxmath.definitions.path_expansion import Paths, path_expansion
from jaxmath.verify.claim import identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
IDS = dict(ids=np.array([1, 0], np.int32))
SIZES = dict(n=2, v=2, d=2, t=2, k=1, h=1)
WEIGHTS = dict(n=2, d=2, h=2)
Weights = Float[Array, "h n n"]
Circuits = Float[Array, "h d d"]


def _model(table: Array, places: Array, wq: Array, wk: Array, wv: Array, wo: Array) -> AttentionOnlyParams:
    layers = tuple(MultiHeadParams(wq[i], wk[i], wv[i], wo[i]) for i in range(2))
    return AttentionOnlyParams(table, places, layers, table)


def _paths(ids: Array, model: AttentionOnlyParams) -> Paths:
    found = attention_only_weights(ids, model)
    circuits = [jax.vmap(ov_circuit)(layer.wv, layer.wo) for layer in model.layers]
    x = model.embedding[ids] + model.positions[: ids.shape[0]]
    return path_expansion(x, found[0], circuits[0], found[1], circuits[1])


def _sum(paths: Paths) -> Array:
    return paths.direct + paths.first.sum(0) + paths.second.sum(0) + paths.virtual.sum((0, 1))


@identity(source=f"{ELHAGE}, two-layer attention-only transformers", at=SIZES, given=IDS)
def a_model_of_two_layers_is_the_sum_of_its_paths(
    ids: Int[Array, " n"], table: Float[Array, "v d"], places: Float[Array, "t d"],
    wq: Float[Array, "2 h d k"], wk: Float[Array, "2 h d k"],
    wv: Float[Array, "2 h d k"], wo: Float[Array, "2 h k d"],
):  # fmt: skip
    r"""Scores are those of $x$, of every head, and of every pair of heads, at the weights as found."""
    model = _model(table, places, wq, wk, wv, wo)
    return attention_only_transformer(ids, model), unembed(_sum(_paths(ids, model)), table)


@a_model_of_two_layers_is_the_sum_of_its_paths.mutant
def a_model_of_two_layers_is_the_sum_of_its_heads(ids, table, places, wq, wk, wv, wo):
    model = _model(table, places, wq, wk, wv, wo)
    paths = _paths(ids, model)
    alone = paths._replace(virtual=jnp.zeros_like(paths.virtual))
    return attention_only_transformer(ids, model), unembed(_sum(alone), table)


@identity(source=f"{ELHAGE}, virtual attention heads", at=WEIGHTS)
def a_virtual_head_attends_with_the_product_and_writes_with_the_product(
    x: Float[Array, "n d"], first: Weights, first_ov: Circuits, second: Weights, second_ov: Circuits
):
    r"""Heads $i$ and $j$ together are one head with weights $A_2^j A_1^i$ and circuit $O_1^i O_2^j$."""
    virtual = path_expansion(x, first, first_ov, second, second_ov).virtual
    attends = second[None] @ first[:, None]
    return virtual, attends @ x[None, None] @ (first_ov[:, None] @ second_ov[None])


@a_virtual_head_attends_with_the_product_and_writes_with_the_product.mutant
def a_virtual_head_attends_in_the_order_of_the_layers(x, first, first_ov, second, second_ov):
    virtual = path_expansion(x, first, first_ov, second, second_ov).virtual
    attends = first[:, None] @ second[None]
    return virtual, attends @ x[None, None] @ (first_ov[:, None] @ second_ov[None])


@identity(source=f"{ELHAGE}, the tensor product of two layers", at=WEIGHTS)
def paths_are_the_product_of_two_layers_multiplied_out(
    x: Float[Array, "n d"], first: Weights, first_ov: Circuits, second: Weights, second_ov: Circuits
):
    r"""$(I + \sum_j A_2^j \otimes O_2^j)(I + \sum_i A_1^i \otimes O_1^i)$ applied to $x$."""
    middle = x + (first @ x[None] @ first_ov).sum(0)
    last = middle + (second @ middle[None] @ second_ov).sum(0)
    return _sum(path_expansion(x, first, first_ov, second, second_ov)), last


@paths_are_the_product_of_two_layers_multiplied_out.mutant
def paths_are_two_layers_side_by_side(x, first, first_ov, second, second_ov):
    both = (first @ x[None] @ first_ov + second @ x[None] @ second_ov).sum(0)
    return _sum(path_expansion(x, first, first_ov, second, second_ov)), x + both


@identity(source=f"{ELHAGE}, attention weights are held fixed", at=dict(n=2, d=2, c=2, g=1, h=1, k=1, e=1))
def a_head_is_linear_in_what_it_reads_at_fixed_weights(
    x: Float[Array, "n d"], y: Float[Array, "n d"], weights: Weights, params: MultiHeadParams
):
    r"""$A (x + y) O = A x O + A y O$: why paths may be looked at one by one."""
    circuit = ov_circuit(params.wv[0], params.wo[0])
    return weights[0] @ (x + y) @ circuit, weights[0] @ x @ circuit + weights[0] @ y @ circuit


@a_head_is_linear_in_what_it_reads_at_fixed_weights.mutant
def a_head_is_linear_in_what_it_reads(x, y, weights, params):
    plain = MultiHeadParams(*params[:4])
    both = multi_head_attention(x + y, x + y, plain)
    return both, multi_head_attention(x, x, plain) + multi_head_attention(y, y, plain)
