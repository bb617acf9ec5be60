"""Linear attention as a module: for all its weights, the textbook head by head, at once or in pieces."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath.claims import _recurrent as recurrent
from jaxmath.claims._filled import filled
from jaxmath.claims._recurrent import Rows, Weights
from jaxmath.definitions import elu_features, linear_attention, masks, retention
from jaxmath.modules import LinearAttention, RecurrentConfig
from jaxmath.verify.claim import identity, independence

SOURCE = "Katharopoulos et al. 2020, arXiv:2006.16236"
SIZES = dict(n=3, d=2, parts=24)
Features = Callable[[Array], Array]


def _made(weights: Array, features: Features = jnp.exp, heads: int = 2, d: int = 2) -> LinearAttention:
    """Of features that are smooth, so that no sign is asked for."""
    config = RecurrentConfig(heads, d, 1)
    module = filled(lambda: LinearAttention(config, 2, rngs=nnx.Rngs(0)), weights)
    module.features = features
    return module


def _textbook(weights: Array, x: Array, features: Features = jnp.exp, heads: int = 2, d: int = 2) -> Array:
    def head(i, q, k, v):
        return linear_attention(features(q), features(k), v, masks.causal(x.shape[0]))

    return recurrent.textbook(_made(weights, features, heads, d), x, head)


@identity(source=f"{SOURCE}, eq. (4) to (9)", at=SIZES)
def the_linear_attention_module_is_linear_attention_head_by_head(x: Rows, weights: Weights):
    r"""Projections, features (here $e^x$), the definition under a causal mask, and the projection back."""
    return recurrent.run(_made(weights), x)[0], _textbook(weights, x)


@the_linear_attention_module_is_linear_attention_head_by_head.mutant
def heads_of_the_linear_attention_module_have_no_denominators(x, weights):
    def head(i, q, k, v):
        return retention(jnp.exp(q), jnp.exp(k), v, jnp.zeros(3))

    module = _made(weights)
    return recurrent.run(module, x)[0], recurrent.textbook(module, x, head)


@identity(source=f"{SOURCE}, eq. (7)", at=dict(n=2, d=2, parts=8))
def features_of_the_linear_attention_module_are_elu_and_one(x: Rows, weights: Weights):
    r"""Of a new module $\phi(x) = \mathrm{elu}(x) + 1$; here with one head."""
    module = filled(lambda: LinearAttention(RecurrentConfig(1, 1), 2, rngs=nnx.Rngs(0)), weights)
    return recurrent.run(module, x)[0], _textbook(weights, x, elu_features, 1, 1)


@features_of_the_linear_attention_module_are_elu_and_one.mutant
def features_of_the_linear_attention_module_are_relu(x, weights):
    module = filled(lambda: LinearAttention(RecurrentConfig(1, 1), 2, rngs=nnx.Rngs(0)), weights)
    return recurrent.run(module, x)[0], _textbook(weights, x, jax.nn.relu, 1, 1)


@identity(source=f"{SOURCE}; chain rule", at=dict(n=2, d=2, parts=12))
def the_linear_attention_module_has_the_gradient_of_linear_attention(x: Rows, weights: Weights, dy: Rows):
    r"""A cotangent pulls back to the same of the sequence and of all weights; here with one head."""
    whole = lambda w, x: recurrent.run(_made(w, heads=1), x)[0]  # noqa: E731
    return recurrent.gradients(whole, partial(_textbook, heads=1), at=(weights, x), dy=dy)


@the_linear_attention_module_has_the_gradient_of_linear_attention.mutant
def the_linear_attention_module_has_its_gradient_without_that_of_states(x, weights, dy):
    """Truncated: the state is handed on as a constant."""
    cut = lambda w, x: recurrent.in_pieces(_made(w, heads=1), x, recurrent.constant)[0]  # noqa: E731
    return recurrent.gradients(cut, partial(_textbook, heads=1), at=(weights, x), dy=dy)


@identity(source=f"{SOURCE}, section 3.4", at=SIZES)
def the_linear_attention_module_reads_on(x: Rows, weights: Weights):
    r"""Two positions, and the third from their state: the answers and the last state of all at once."""
    module = _made(weights)
    return recurrent.in_pieces(module, x), recurrent.run(module, x)


@the_linear_attention_module_reads_on.mutant
def the_linear_attention_module_reads_on_from_sums_of_values(x, weights):
    module = _made(weights)
    return recurrent.in_pieces(module, x, lambda s: (s[0], 0 * s[1])), recurrent.run(module, x)


@identity(source="definition of `here`", at=SIZES)
def the_linear_attention_module_passes_over_what_is_no_token(
    x: Rows, weights: Weights, sums: Float[Array, "1 2 d 1"], keys: Float[Array, "1 2 d"]
):
    r"""Answers and state are those of the sequence without that position, after any state."""
    module = _made(weights)
    return recurrent.among(module, x, (sums, keys)), recurrent.alone(module, x, (sums, keys))


@the_linear_attention_module_passes_over_what_is_no_token.mutant
def the_linear_attention_module_passes_over_a_vector_of_zeros(x, weights, sums, keys):
    """The features of a key of zeros are ones."""
    module = _made(weights)
    zeros = recurrent.with_zeros(x)
    return recurrent.among(module, zeros, (sums, keys), None), recurrent.alone(module, x, (sums, keys))


@independence(source=SOURCE, at=SIZES)
def the_linear_attention_module_does_not_see_the_future(x: Rows, weights: Weights):
    r"""The answer at a position does not change with any later vector."""
    return recurrent.run(_made(weights), x)[0], recurrent.later(3, 2)


@the_linear_attention_module_does_not_see_the_future.mutant
def the_linear_attention_module_does_not_see_the_present(x, weights):
    return recurrent.run(_made(weights), x)[0], recurrent.itself(3, 2)
