"""What is true of the losses of next-token prediction."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import log_softmax, logsumexp, softmax, token_cross_entropy, token_losses
from jaxmath.verify.claim import derivative, identity, independence

SZEGEDY = "Szegedy et al. 2015, arXiv:1512.00567, section 7"
PALM = "Chowdhery et al. 2022, PaLM, arXiv:2204.02311, section 5"
TARGETS = np.array([2, 0, 3])
SOME = np.array([1, -100, 0])
SIZES = dict(n=3, v=4)


@derivative(source=f"{SZEGEDY}; {PALM}; chain rule", at=SIZES, given=dict(targets=TARGETS))
def losses_pull_back_to_prediction_minus_smoothed_target(
    logits: Float[Array, "n v"], targets: Int[Array, " n"], eps: Float[Array, ""], z: Float[Array, ""]
):
    r"""$\nabla_x \ell = p - \tilde y + 2 \lambda L p$ with $L = \mathrm{LSE}(x)$.

    $\partial_\epsilon \ell = \sum_i (y_i - \tfrac1v) \log p_i$ and $\partial_\lambda \ell = L^2$.
    """

    def vjp(logits, targets, eps, z, dl):
        v = logits.shape[1]
        hot, p, top = jax.nn.one_hot(targets, v), softmax(logits), logsumexp(logits)[:, None]
        dx = dl[:, None] * (p - (1 - eps) * hot - eps / v + 2 * z * top * p)
        return dx, (dl[:, None] * (hot - 1 / v) * log_softmax(logits)).sum(), dl @ top[:, 0] ** 2

    return token_losses, vjp


@losses_pull_back_to_prediction_minus_smoothed_target.mutant
def losses_pull_back_to_prediction_minus_target(logits, targets, eps, z):
    def vjp(logits, targets, eps, z, dl):
        v = logits.shape[1]
        hot, p, top = jax.nn.one_hot(targets, v), softmax(logits), logsumexp(logits)[:, None]
        dx = dl[:, None] * (p - hot + 2 * z * top * p)
        return dx, (dl[:, None] * (hot - 1 / v) * log_softmax(logits)).sum(), dl @ top[:, 0] ** 2

    return token_losses, vjp


@identity(source=SZEGEDY, at=SIZES, given=dict(targets=TARGETS))
def label_smoothing_mixes_in_the_uniform_target(
    logits: Float[Array, "n v"], targets: Int[Array, " n"], eps: Float[Array, ""]
):
    r"""$\ell_\epsilon = (1 - \epsilon)\, \ell_0 + \epsilon\, H(u, p)$."""
    uniform = -log_softmax(logits).mean(1)
    return token_losses(logits, targets, eps), (1 - eps) * token_losses(logits, targets) + eps * uniform


@label_smoothing_mixes_in_the_uniform_target.mutant
def label_smoothing_mixes_in_the_wrong_targets_only(logits, targets, eps):
    v, losses = logits.shape[1], token_losses(logits, targets)
    wrong = (-log_softmax(logits).sum(1) - losses) / (v - 1)
    return token_losses(logits, targets, eps), (1 - eps) * losses + eps * wrong


@identity(source=PALM, at=SIZES, given=dict(targets=TARGETS))
def the_z_loss_is_a_square_of_the_log_denominator(
    logits: Float[Array, "n v"], targets: Int[Array, " n"], z: Float[Array, ""]
):
    r"""$\ell = \mathrm{LSE}(x) - x_t + \lambda\, \mathrm{LSE}(x)^2$."""
    top = logsumexp(logits)
    return token_losses(logits, targets, z_loss=z), top - logits[jnp.arange(3), targets] + z * top**2


@the_z_loss_is_a_square_of_the_log_denominator.mutant
def the_z_loss_is_a_square_of_the_loss(logits, targets, z):
    losses = token_losses(logits, targets)
    return token_losses(logits, targets, z_loss=z), losses + z * losses**2


@identity(source="softmax ignores a shift", at=SIZES, given=dict(targets=TARGETS))
def losses_ignore_a_shift_of_the_scores(
    logits: Float[Array, "n v"], targets: Int[Array, " n"], c: Float[Array, " n"], eps: Float[Array, ""]
):
    r"""Without z-loss a constant added to all scores of a token changes nothing."""
    return token_losses(logits + c[:, None], targets, eps), token_losses(logits, targets, eps)


@losses_ignore_a_shift_of_the_scores.mutant
def z_losses_ignore_a_shift_of_the_scores(logits, targets, c, eps):
    return token_losses(logits + c[:, None], targets, z_loss=eps), token_losses(logits, targets, z_loss=eps)


@identity(
    source="policy of this library: what is ignored does not count",
    at=dict(n=3, v=2),
    given=dict(targets=SOME),
)
def ignored_tokens_might_as_well_not_be_there(logits: Float[Array, "n v"], targets: Int[Array, " n"]):
    r"""The loss of a text with one ignored token is the mean loss of the others."""
    others = np.array([0, 2])
    return token_cross_entropy(logits, targets), token_losses(logits[others], targets[others]).mean()


@ignored_tokens_might_as_well_not_be_there.mutant
def ignored_tokens_count_in_the_mean(logits, targets):
    others = np.array([0, 2])
    return token_cross_entropy(logits, targets), token_losses(logits[others], targets[others]).sum() / 3


@independence(
    source="policy of this library: what is ignored does not count",
    at=dict(n=3, v=2),
    given=dict(targets=SOME),
)
def losses_do_not_see_scores_of_ignored_tokens(logits: Float[Array, "n v"], targets: Int[Array, " n"]):
    r"""Neither the loss nor its gradient changes with the scores of an ignored token."""
    told = jax.value_and_grad(token_cross_entropy)(logits, targets)
    ignored = np.repeat((SOME == -100)[:, None], 2, 1)
    return told, [((np.array(True), np.ones((3, 2), bool)), dict(logits=ignored))]


@losses_do_not_see_scores_of_ignored_tokens.mutant
def losses_do_not_see_scores_of_counted_tokens(logits, targets):
    told = jax.value_and_grad(token_cross_entropy)(logits, targets)
    counted = np.repeat((SOME != -100)[:, None], 2, 1)
    return told, [((np.array(True), np.ones((3, 2), bool)), dict(logits=counted))]
