"""The delta rule as a module: for all its weights, the textbook head by head, at once or in pieces."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath.claims import _recurrent as recurrent
from jaxmath.claims._filled import filled
from jaxmath.claims._recurrent import Rows, Weights
from jaxmath.definitions import delta_rule, sigmoid
from jaxmath.modules import DeltaRule, RecurrentConfig
from jaxmath.verify.claim import identity, independence

YANG = "Yang et al. 2024, arXiv:2406.06484"
SIZES = dict(n=3, d=2, parts=28)


def _made(weights: Array, heads: int = 2) -> DeltaRule:
    return filled(lambda: DeltaRule(RecurrentConfig(heads, 2, 1), 2, rngs=nnx.Rngs(0)), weights)


def _unit(x: Array) -> Array:
    return x * jax.lax.rsqrt((x**2).sum(1, keepdims=True) + 1e-6)


def _textbook(weights: Array, x: Array, unit=_unit, heads: int = 2) -> Array:
    module = _made(weights, heads)
    rates = sigmoid(x @ module.rate.weight[...])
    return recurrent.textbook(module, x, lambda i, q, k, v: delta_rule(unit(q), unit(k), v, rates[:, i]))


@identity(source=f"{YANG}, section 2 and 4", at=SIZES)
def the_delta_rule_module_is_the_delta_rule_head_by_head(x: Rows, weights: Weights):
    r"""Projections, queries and keys of unit length, rates, the definition, and the projection back."""
    return recurrent.run(_made(weights), x)[0], _textbook(weights, x)


@the_delta_rule_module_is_the_delta_rule_head_by_head.mutant
def the_delta_rule_module_takes_keys_as_they_are(x, weights):
    return recurrent.run(_made(weights), x)[0], _textbook(weights, x, lambda x: x)


@identity(source=f"{YANG}; chain rule", at=dict(n=2, d=2, parts=14))
def the_delta_rule_module_has_the_gradient_of_the_delta_rule(x: Rows, weights: Weights, dy: Rows):
    r"""A cotangent pulls back to the same of the sequence and of all weights; here with one head."""
    whole = lambda w, x: recurrent.run(_made(w, 1), x)[0]  # noqa: E731
    return recurrent.gradients(whole, partial(_textbook, heads=1), at=(weights, x), dy=dy)


@the_delta_rule_module_has_the_gradient_of_the_delta_rule.mutant
def the_delta_rule_module_has_its_gradient_without_that_of_states(x, weights, dy):
    """Truncated: the state is handed on as a constant."""
    cut = lambda w, x: recurrent.in_pieces(_made(w, 1), x, recurrent.constant)[0]  # noqa: E731
    return recurrent.gradients(cut, partial(_textbook, heads=1), at=(weights, x), dy=dy)


@identity(source=f"{YANG}, recurrent form", at=SIZES)
def the_delta_rule_module_reads_on(x: Rows, weights: Weights):
    r"""Two positions, and the third from their state: the answers and the last state of all at once."""
    module = _made(weights)
    return recurrent.in_pieces(module, x), recurrent.run(module, x)


@the_delta_rule_module_reads_on.mutant
def the_delta_rule_module_reads_on_from_nothing(x, weights):
    module = _made(weights)
    return recurrent.in_pieces(module, x, recurrent.nothing), recurrent.run(module, x)


@identity(source="definition of `here`", at=SIZES)
def the_delta_rule_module_passes_over_what_is_no_token(
    x: Rows, weights: Weights, state: Float[Array, "1 2 d 1"]
):
    r"""Answers and state are those of the sequence without that position, after any state."""
    module = _made(weights)
    return recurrent.among(module, x, state), recurrent.alone(module, x, state)


@the_delta_rule_module_passes_over_what_is_no_token.mutant
def the_delta_rule_module_passes_over_what_has_no_value(x, weights, state):
    """What stood at the key is overwritten with a value of zero."""
    module = _made(weights)
    write = module.correct
    module.correct = lambda s, q, k, v, beta, **how: write(
        s, q, k, v * jnp.asarray(recurrent.HERE, v.dtype)[None, None, :, None], beta, **how
    )
    return recurrent.among(module, x, state, None), recurrent.alone(_made(weights), x, state)


@independence(source=YANG, at=SIZES)
def the_delta_rule_module_does_not_see_the_future(x: Rows, weights: Weights):
    r"""The answer at a position does not change with any later vector."""
    return recurrent.run(_made(weights), x)[0], recurrent.later(3, 2)


@the_delta_rule_module_does_not_see_the_future.mutant
def the_delta_rule_module_does_not_see_the_present(x, weights):
    return recurrent.run(_made(weights), x)[0], recurrent.itself(3, 2)
