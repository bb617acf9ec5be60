"""Read-out and loss in one: what is computed in blocks of tokens and words is the textbook's."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.verify.claim import identity, independence

WIJMANS = "Wijmans et al. 2024, arXiv:2411.09009"
SIZES = dict(at=dict(n=3, d=1, v=3), given=dict(targets=np.array([2, 0, 1])))
BLOCK = (2, 2)
IGNORED = np.array([[False, False], [True, True], [False, False]])
HOW = dict(label_smoothing=0.125, z_loss=0.25)


@identity(source=WIJMANS, **SIZES)
def losses_in_blocks_are_losses(
    x: Float[Array, "n d"], table: Float[Array, "v d"], bias: Float[Array, " v"], targets: Int[Array, " n"]
):
    r"""Two tokens and two words at a time change nothing, though 3 is not even."""
    left = kernels.linear_token_losses(x, table, targets, bias, block=BLOCK, **HOW)
    return left, definitions.linear_token_losses(x, table, targets, bias, **HOW)


@losses_in_blocks_are_losses.mutant
def the_words_of_a_block_that_is_not_full_may_be_left_out(x, table, bias, targets):
    left = kernels.linear_token_losses(x, table[:2], jnp.minimum(targets, 1), bias[:2], block=BLOCK, **HOW)
    return left, definitions.linear_token_losses(x, table, targets, bias, **HOW)


@identity(source=f"{WIJMANS}; Gemma Team 2024, arXiv:2408.00118", **SIZES)
def capped_losses_in_blocks_are_capped_losses(
    x: Float[Array, "n d"], table: Float[Array, "v d"], targets: Int[Array, " n"]
):
    r"""Scores $c \tanh(x / c)$ may come in blocks too."""
    left = kernels.linear_token_losses(x, table, targets, block=BLOCK, soft_cap=2.0)
    return left, definitions.linear_token_losses(x, table, targets, soft_cap=2.0)


@capped_losses_in_blocks_are_capped_losses.mutant
def vectors_may_be_capped_instead_of_scores(x, table, targets):
    left = kernels.linear_token_losses(2 * jnp.tanh(x / 2), table, targets, block=BLOCK)
    return left, definitions.linear_token_losses(x, table, targets, soft_cap=2.0)


@identity(source="chain rule", at=dict(n=2, d=1, v=2), given=dict(targets=np.array([1, 0])))
def losses_in_blocks_pull_back_alike(
    x: Float[Array, "n d"], table: Float[Array, "v d"], dl: Float[Array, " n"], targets: Int[Array, " n"]
):
    r"""Both pull cotangents of the losses, with smooth labels, back to the same $(dx, dE)$."""

    def pullback(losses, **block):
        return jax.vjp(lambda x, e: losses(x, e, targets, label_smoothing=0.125, **block), x, table)[1](dl)

    return pullback(kernels.linear_token_losses, block=(1, 1)), pullback(definitions.linear_token_losses)


@losses_in_blocks_pull_back_alike.mutant
def smoothing_does_not_matter_backwards(x, table, dl, targets):
    def pullback(losses, **how):
        return jax.vjp(lambda x, e: losses(x, e, targets, **how), x, table)[1](dl)

    left = pullback(kernels.linear_token_losses, block=(1, 1))
    return left, pullback(definitions.linear_token_losses, label_smoothing=0.125)


@identity(source="chain rule, twice", at=dict(n=2, d=1, v=3), given=dict(targets=np.array([2, 0])))
def losses_in_blocks_have_the_same_second_derivative(
    x: Float[Array, "n d"], table: Float[Array, "v d"], dx: Float[Array, "n d"], targets: Int[Array, " n"]
):
    r"""Forward over reverse: the derivative along $\dot x$ of the gradient in $x$ and $E$."""

    def second(losses, **block):
        gradient = jax.grad(lambda x, e: losses(x, e, targets, z_loss=0.25, **block).sum(), (0, 1))
        return jax.jvp(lambda x: gradient(x, table), (x,), (dx,))[1]

    return second(kernels.linear_token_losses, block=(1, 2)), second(definitions.linear_token_losses)


@losses_in_blocks_have_the_same_second_derivative.mutant
def denominators_do_not_move(x, table, dx, targets):
    def second(losses, **how):
        gradient = jax.grad(lambda x, e: losses(x, e, targets, **how).sum(), (0, 1))
        return jax.jvp(lambda x: gradient(x, table), (x,), (dx,))[1]

    left = second(kernels.linear_token_losses, block=(1, 2))
    return left, second(definitions.linear_token_losses, z_loss=0.25)


@independence(
    source="definition: an ignored token does not count",
    at=dict(n=3, d=2, v=3),
    given=dict(targets=np.array([1, -100, 2])),
)
def ignored_tokens_change_neither_loss_nor_gradient(
    x: Float[Array, "n d"], table: Float[Array, "v d"], targets: Int[Array, " n"]
):
    r"""What stands at an ignored token is in neither, and its own gradient is zero."""
    loss = lambda x, e: kernels.linear_cross_entropy(x, e, targets, block=BLOCK)  # noqa: E731
    value, (dx, dtable) = jax.value_and_grad(loss, (0, 1))(x, table)
    output = jnp.concatenate([value[None], dx.ravel(), dtable.ravel()])
    return output, [(np.ones(13, bool), dict(x=IGNORED))]


@ignored_tokens_change_neither_loss_nor_gradient.mutant
def tokens_of_a_mark_that_is_a_word_are_ignored(x, table, targets):
    loss = lambda x, e: kernels.linear_cross_entropy(x, e, jnp.abs(targets) % 3, block=BLOCK)  # noqa: E731
    value, (dx, dtable) = jax.value_and_grad(loss, (0, 1))(x, table)
    output = jnp.concatenate([value[None], dx.ravel(), dtable.ravel()])
    return output, [(np.ones(13, bool), dict(x=IGNORED))]
