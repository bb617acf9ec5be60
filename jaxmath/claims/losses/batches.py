"""Losses: batches, weights, and large vocabularies in chunks."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import logsumexp, softmax, token_cross_entropy, token_losses, weighted_mean
from jaxmath.verify.claim import derivative, identity

WIJMANS = "Wijmans et al. 2024, Cut your losses, arXiv:2411.09009, section 4"
TARGETS = np.array([1, 0, 1])


@identity(
    source="transformers issue 34198 and pull request 34191 (gradient accumulation)",
    at=dict(n=3, v=2),
    given=dict(targets=TARGETS),
)
def sums_over_micro_batches_are_divided_by_all_tokens(logits: Float[Array, "n v"], targets: Int[Array, " n"]):
    r"""Loss and gradient of a batch: sums of micro-batches over the number of tokens in all of them."""

    def accumulated(x):
        parts = [token_cross_entropy(x[s], targets[s]) * c for s, c in ((slice(0, 1), 1), (slice(1, 3), 2))]
        return (parts[0] + parts[1]) / 3

    left = jax.value_and_grad(accumulated)(logits)
    return left, jax.value_and_grad(lambda x: token_cross_entropy(x, targets))(logits)


@sums_over_micro_batches_are_divided_by_all_tokens.mutant
def means_of_unequal_micro_batches_are_averaged(logits, targets):
    def averaged(x):
        return (token_cross_entropy(x[:1], targets[:1]) + token_cross_entropy(x[1:], targets[1:])) / 2

    left = jax.value_and_grad(averaged)(logits)
    return left, jax.value_and_grad(lambda x: token_cross_entropy(x, targets))(logits)


@identity(
    source="definition of a weighted mean", at=dict(n=3, v=2), given=dict(targets=np.array([1, -100, 0]))
)
def weights_matter_up_to_a_common_scale(
    logits: Float[Array, "n v"], weights: Float[Array, " n"], c: Float[Array, ""], targets: Int[Array, " n"]
):
    r"""$c\, w$ gives the loss of $w$; equal weights give the plain mean."""
    left = (
        token_cross_entropy(logits, targets, c * weights),
        token_cross_entropy(logits, targets, jnp.ones(3)),
    )
    return left, (token_cross_entropy(logits, targets, weights), token_cross_entropy(logits, targets))


@weights_matter_up_to_a_common_scale.mutant
def weights_matter_up_to_a_common_shift(logits, weights, c, targets):
    left = (
        token_cross_entropy(logits, targets, c + weights),
        token_cross_entropy(logits, targets, jnp.ones(3)),
    )
    return left, (token_cross_entropy(logits, targets, weights), token_cross_entropy(logits, targets))


@derivative(source="quotient rule", at=dict(n=4), given=dict(where=np.array([True, False, True, True])))
def a_weighted_mean_has_the_textbook_gradient(
    x: Float[Array, " n"], weights: Float[Array, " n"], where: Array
):
    r"""$dx_i = w_i / W$ and $dw_i = (x_i - \bar x) / W$ where counted, zero elsewhere."""

    def vjp(x, weights, where, dy):
        total = jnp.where(where, weights, 0).sum()
        mean = weighted_mean(x, weights, where)
        return jnp.where(where, dy * weights / total, 0), jnp.where(where, dy * (x - mean) / total, 0)

    return weighted_mean, vjp


@a_weighted_mean_has_the_textbook_gradient.mutant
def a_weighted_mean_has_the_gradient_of_a_weighted_sum(x, weights, where):
    def vjp(x, weights, where, dy):
        total = jnp.where(where, weights, 0).sum()
        return jnp.where(where, dy * weights / total, 0), jnp.where(where, dy * x / total, 0)

    return weighted_mean, vjp


@derivative(source=WIJMANS, at=dict(n=3, d=2, v=4), given=dict(targets=np.array([2, 0, 3])))
def a_read_out_and_its_loss_have_a_fused_backward_pass(
    h: Float[Array, "n d"], table: Float[Array, "v d"], targets: Int[Array, " n"]
):
    r"""For $x = h E^\top$: $dh = (p - y) E$ and $dE = (p - y)^\top h$; scores need not be kept."""

    def vjp(h, table, targets, dl):
        dx = dl[:, None] * (softmax(h @ table.T) - jax.nn.one_hot(targets, 4))
        return dx @ table, dx.T @ h

    return lambda h, table, targets: token_losses(h @ table.T, targets), vjp


@a_read_out_and_its_loss_have_a_fused_backward_pass.mutant
def a_read_out_and_its_loss_have_a_backward_pass_without_targets(h, table, targets):
    def vjp(h, table, targets, dl):
        dx = dl[:, None] * softmax(h @ table.T)
        return dx @ table, dx.T @ h

    return lambda h, table, targets: token_losses(h @ table.T, targets), vjp


@identity(source=WIJMANS, at=dict(n=3, d=2), given=dict(targets=np.array([2, 0, 5])))
def a_vocabulary_may_be_taken_in_chunks(
    h: Float[Array, "n d"], table: Float[Array, "6 d"], targets: Int[Array, " n"]
):
    r"""Log denominators of chunks merge by LSE; each target's score comes from its own chunk."""
    tops = jnp.stack([logsumexp(h @ table[i : i + 2].T) for i in (0, 2, 4)], axis=1)
    right = (h * table[targets]).sum(1)
    return logsumexp(tops) - right, token_losses(h @ table.T, targets)


@a_vocabulary_may_be_taken_in_chunks.mutant
def log_denominators_of_chunks_add_up(h, table, targets):
    tops = jnp.stack([logsumexp(h @ table[i : i + 2].T) for i in (0, 2, 4)], axis=1)
    return tops.sum(1) - (h * table[targets]).sum(1), token_losses(h @ table.T, targets)


@identity(source="definition", at=dict(), given=dict(targets=np.array([2, 0, 3])))
def equal_scores_cost_the_logarithm_of_the_vocabulary(c: Float[Array, ""], targets: Int[Array, "3"]):
    r"""$\ell = \log v$ when all scores are equal: the loss at the beginning of training."""
    logits = jnp.broadcast_to(c, (3, 4))
    return token_losses(logits, targets), jnp.broadcast_to(jnp.log(jnp.asarray(4.0)), (3,))


@equal_scores_cost_the_logarithm_of_the_vocabulary.mutant
def equal_scores_cost_bits(c, targets):
    logits = jnp.broadcast_to(c, (3, 4))
    return token_losses(logits, targets), jnp.full((3,), 2.0)
