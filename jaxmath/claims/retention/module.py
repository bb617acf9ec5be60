"""Retention as a module: for all its weights, the textbook head by head, at once or in pieces."""

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath.claims import _recurrent as recurrent
from jaxmath.claims._filled import filled
from jaxmath.claims._recurrent import Rows, Weights
from jaxmath.definitions import retention, retention_log_decays
from jaxmath.modules import RecurrentConfig, Retention
from jaxmath.verify.claim import identity, independence

SUN = "Sun et al. 2023, arXiv:2307.08621, section 2"
CONFIG = RecurrentConfig(heads=2, d=2, e=1)
SIZES = dict(n=3, d=2, parts=24)


def _made(weights: Array) -> Retention:
    return filled(lambda: Retention(CONFIG, 2, rngs=nnx.Rngs(0)), weights)


def _textbook(weights: Array, x: Array, decays: Array | None = None) -> Array:
    decays = retention_log_decays(2) if decays is None else decays

    def head(i, q, k, v):
        return retention(q / jnp.sqrt(2.0), k, v, jnp.broadcast_to(decays[i], (x.shape[0],)))

    return recurrent.textbook(_made(weights), x, head)


@identity(source=f"{SUN}, multi-scale retention", at=SIZES)
def the_retention_module_is_retention_head_by_head(x: Rows, weights: Weights):
    r"""Projections, the definition with the decay of each head, and the projection back."""
    return recurrent.run(_made(weights), x)[0], _textbook(weights, x)


@the_retention_module_is_retention_head_by_head.mutant
def heads_of_the_retention_module_forget_alike(x, weights):
    alike = jnp.broadcast_to(retention_log_decays(1), (2,))
    return recurrent.run(_made(weights), x)[0], _textbook(weights, x, alike)


@identity(source=f"{SUN}; chain rule", at=dict(n=2, d=2, parts=24))
def the_retention_module_has_the_gradient_of_retention(x: Rows, weights: Weights, dy: Rows):
    r"""A cotangent pulls back to the same cotangents of the sequence and of all weights."""
    whole = lambda w, x: recurrent.run(_made(w), x)[0]  # noqa: E731
    return recurrent.gradients(whole, _textbook, at=(weights, x), dy=dy)


@the_retention_module_has_the_gradient_of_retention.mutant
def the_retention_module_has_its_gradient_without_that_of_states(x, weights, dy):
    """Truncated: the state is handed on as a constant."""
    cut = lambda w, x: recurrent.in_pieces(_made(w), x, recurrent.constant)[0]  # noqa: E731
    return recurrent.gradients(cut, _textbook, at=(weights, x), dy=dy)


@identity(source=f"{SUN}, recurrent form", at=SIZES)
def the_retention_module_reads_on(x: Rows, weights: Weights):
    r"""Two positions, and the third from their state: the answers and the last state of all at once."""
    module = _made(weights)
    return recurrent.in_pieces(module, x), recurrent.run(module, x)


@the_retention_module_reads_on.mutant
def the_retention_module_reads_on_from_nothing(x, weights):
    module = _made(weights)
    return recurrent.in_pieces(module, x, recurrent.nothing), recurrent.run(module, x)


@identity(source="definition of `here`", at=SIZES)
def the_retention_module_passes_over_what_is_no_token(
    x: Rows, weights: Weights, state: Float[Array, "1 2 d 1"]
):
    r"""Answers and state are those of the sequence without that position, after any state."""
    module = _made(weights)
    return recurrent.among(module, x, state), recurrent.alone(module, x, state)


@the_retention_module_passes_over_what_is_no_token.mutant
def the_retention_module_passes_over_a_vector_of_zeros(x, weights, state):
    """It writes nothing, but the state fades."""
    module = _made(weights)
    zeros = recurrent.with_zeros(x)
    return recurrent.among(module, zeros, state, None), recurrent.alone(module, x, state)


@independence(source=SUN, at=SIZES)
def the_retention_module_does_not_see_the_future(x: Rows, weights: Weights):
    r"""The answer at a position does not change with any later vector."""
    return recurrent.run(_made(weights), x)[0], recurrent.later(3, 2)


@the_retention_module_does_not_see_the_future.mutant
def the_retention_module_does_not_see_the_present(x, weights):
    return recurrent.run(_made(weights), x)[0], recurrent.itself(3, 2)
