"""Stacks of layers as modules, whose programs may be written in several ways.

Weights are one vector, which is cut into the parameters in their order. Attention is the kernel with its
hand-written pullback, inside the scan and what is computed anew.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int

from jaxmath import models
from jaxmath.claims._filled import filled
from jaxmath.modules import AttentionConfig, BlockConfig, MlpConfig, NormConfig, Record, Stack, StackConfig
from jaxmath.verify.claim import identity

BRADBURY = "Bradbury et al. 2018, JAX: jax.lax.scan"
CHEN = "Chen et al. 2016, arXiv:1604.06174, section 4"
BLOCK = BlockConfig(AttentionConfig(1, 1, 1), MlpConfig(1, "tanh"), NormConfig(), before=False)
LAYERS = StackConfig((BLOCK,) * 2, None)
LLAMA = {
    "model_type": "llama",
    "vocab_size": 2,
    "hidden_size": 2,
    "intermediate_size": 1,
    "num_hidden_layers": 2,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "tie_word_embeddings": True,
}
SIZES = dict(n=2, d=2, parts=24)
IDS = np.array([0, 1], np.int32)


def _stack(weights: Array, **how) -> Stack:
    """Two layers with these parameters."""
    return filled(lambda: Stack(LAYERS, 2, rngs=nnx.Rngs(0), **how), weights)


def _run(stack: Stack, x: Array) -> Array:
    return stack(x[None], jnp.arange(x.shape[0])[None], Record()).x[0]


def _pulled(change, x, weights, dy, **how):
    """The pullback of a direction to the input and the weights."""
    return jax.vjp(lambda x, w: _run(change(_stack(w, **how)), x), x, weights)[1](dy)


def _same(stack: Stack) -> Stack:
    return stack


def _with(stack: Stack, *order: int) -> Stack:
    """The stack with its layers in this order."""
    stack.layers = nnx.List([stack.layers[i] for i in order])
    return stack


def _constant(stack: Stack) -> Stack:
    """The stack with a first layer whose weights have no gradient."""
    stack.layers[0] = jax.tree.map(jax.lax.stop_gradient, stack.layers[0])
    return stack


@identity(source=BRADBURY, at=SIZES)
def layers_in_a_scan_are_the_layers(x: Float[Array, "n d"], weights: Float[Array, " parts"]):
    r"""With `scan=True`, and with `remat=True` besides, a stack of two layers gives the same vectors."""
    one_by_one = _run(_stack(weights), x)
    both = _stack(weights, scan=True, remat=True)
    return [_run(_stack(weights, scan=True), x), _run(both, x)], [one_by_one] * 2


@layers_in_a_scan_are_the_layers.mutant
def layers_in_a_scan_may_come_in_any_order(x, weights):
    return _run(_with(_stack(weights, scan=True), 1, 0), x), _run(_stack(weights), x)


@identity(source=f"{BRADBURY}; chain rule", at=SIZES)
def layers_in_a_scan_have_their_gradients(
    x: Float[Array, "n d"], weights: Float[Array, " parts"], dy: Float[Array, "n d"]
):
    r"""A cotangent of what a scanned stack gives pulls back to the same cotangents of input and weights."""
    return _pulled(_same, x, weights, dy, scan=True), _pulled(_same, x, weights, dy)


@layers_in_a_scan_have_their_gradients.mutant
def layers_in_a_scan_share_the_gradient_of_the_first(x, weights, dy):
    def shared(stack):
        return _with(stack, 0, 0)

    return _pulled(shared, x, weights, dy, scan=True), _pulled(_same, x, weights, dy)


@identity(source=CHEN, at=SIZES)
def layers_computed_anew_are_the_layers(x: Float[Array, "n d"], weights: Float[Array, " parts"]):
    r"""With `remat=True` a stack of two layers gives the same vectors."""
    return _run(_stack(weights, remat=True), x), _run(_stack(weights), x)


@layers_computed_anew_are_the_layers.mutant
def layers_computed_anew_are_computed_twice(x, weights):
    return _run(_with(_stack(weights, remat=True), 0, 0, 1, 1), x), _run(_stack(weights), x)


@identity(source=CHEN, at=SIZES)
def layers_computed_anew_have_their_gradients(
    x: Float[Array, "n d"], weights: Float[Array, " parts"], dy: Float[Array, "n d"]
):
    r"""A cotangent of what it gives pulls back to the same cotangents of input and weights."""
    return _pulled(_same, x, weights, dy, remat=True), _pulled(_same, x, weights, dy)


@layers_computed_anew_have_their_gradients.mutant
def layers_computed_anew_have_constant_weights(x, weights, dy):
    return _pulled(_constant, x, weights, dy, remat=True), _pulled(_same, x, weights, dy)


def _scores(weights: Array, ids: Array, change=_same, **how) -> Array:
    """Of a model with these parameters."""
    model = filled(lambda: models.init(LLAMA, jax.random.key(0), **how), weights)
    model.stack = change(model.stack)
    return model(ids[None]).logits[0]


@identity(source=f"{BRADBURY}; {CHEN}", at=dict(n=2, parts=58), given=dict(ids=IDS))
def a_llama_does_not_depend_on_how_its_layers_run(weights: Float[Array, " parts"], ids: Int[Array, " n"]):
    r"""Scores of a Llama of two layers are the same with `scan=True` and `remat=True` as without."""
    return _scores(weights, ids, scan=True, remat=True), _scores(weights, ids)


@a_llama_does_not_depend_on_how_its_layers_run.mutant
def a_llama_does_not_depend_on_the_order_of_its_layers(weights, ids):
    return _scores(weights, ids, lambda stack: _with(stack, 1, 0), scan=True), _scores(weights, ids)
