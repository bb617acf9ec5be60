"""Optax: losses of classification."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import documented
from jaxmath.verify.claim import derivative, identity

_SIZES = dict(n=3, v=4, d=4)
_LABELS = np.array([1, 3, 1])
Logits = Float[Array, "n v"]
Targets = Float[Array, "n v"]
Labels = Int[Array, " n"]


@identity(source=documented("losses.softmax_cross_entropy"), at=_SIZES)
def softmax_cross_entropy_is_minus_the_mean_logarithm(logits: Logits, targets: Targets):
    r"""`softmax_cross_entropy` is $-\sum_i y_i \log p_i$, also where the targets do not add up to one."""
    loss = -(targets * definitions.log_softmax(logits)).sum(-1)
    return optax.softmax_cross_entropy(logits, targets), loss


@softmax_cross_entropy_is_minus_the_mean_logarithm.mutant
def softmax_cross_entropy_is_a_mean_over_the_words(logits, targets):
    loss = -(targets * jnp.log(definitions.softmax(logits))).mean(-1)
    return optax.softmax_cross_entropy(logits, targets), loss


@identity(
    source=documented("losses.softmax_cross_entropy_with_integer_labels"),
    at=_SIZES,
    given=dict(labels=_LABELS),
)
def softmax_cross_entropy_of_labels_is_the_token_loss(logits: Logits, labels: Labels):
    r"""With integer labels: $\log \sum_i e^{x_i} - x_t$."""
    loss = definitions.token_losses(logits, labels)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels), loss


@softmax_cross_entropy_of_labels_is_the_token_loss.mutant
def softmax_cross_entropy_of_labels_is_one_label_off(logits, labels):
    loss = definitions.token_losses(logits, labels - 1)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels), loss


@derivative(
    source=documented("losses.softmax_cross_entropy_with_integer_labels"),
    at=_SIZES,
    given=dict(labels=_LABELS),
)
def softmax_cross_entropy_of_labels_has_the_textbook_gradient(logits: Logits, labels: Labels):
    r"""Reverse mode gives $p - y$."""

    def vjp(logits, labels, dy):
        return jax.vjp(lambda x: optax.softmax_cross_entropy_with_integer_labels(x, labels), logits)[1](dy)

    return definitions.token_losses, vjp


@softmax_cross_entropy_of_labels_has_the_textbook_gradient.mutant
def softmax_cross_entropy_of_labels_has_the_gradient_of_squares(logits, labels):
    def vjp(logits, labels, dy):
        p = jax.nn.softmax(logits)
        return dy[:, None] * p * (p - jax.nn.one_hot(labels, 4))

    return definitions.token_losses, vjp


@identity(source=documented("losses.smooth_labels"), at=_SIZES, given=dict(labels=_LABELS))
def smooth_labels_mix_with_the_uniform_distribution(logits: Logits, labels: Labels, alpha: Float[Array, ""]):
    r"""Cross-entropy with `smooth_labels` has the targets $(1 - \alpha) y + \alpha / v$."""
    smooth = optax.smooth_labels(jax.nn.one_hot(labels, 4), alpha)
    return optax.softmax_cross_entropy(logits, smooth), definitions.token_losses(logits, labels, alpha)


@smooth_labels_mix_with_the_uniform_distribution.mutant
def smooth_labels_share_among_the_other_words(logits, labels, alpha):
    y = jax.nn.one_hot(labels, 4)
    loss = optax.softmax_cross_entropy(logits, (1 - alpha) * y + alpha / 3 * (1 - y))
    return optax.softmax_cross_entropy(logits, optax.smooth_labels(y, alpha)), loss


@identity(source=documented("losses.sigmoid_binary_cross_entropy"), at=dict(n=1, v=2))
def sigmoid_binary_cross_entropy_is_that_of_two_classes(logits: Logits, targets: Targets):
    r"""Entry by entry it is $-y \log \sigma(x) - (1 - y) \log(1 - \sigma(x))$."""
    # The logarithms of sigma(x) and of 1 - sigma(x).
    log_p, log_q = -definitions.softplus(-logits), -definitions.softplus(logits)
    loss = -targets * log_p - (1 - targets) * log_q
    return optax.sigmoid_binary_cross_entropy(logits, targets), loss


@sigmoid_binary_cross_entropy_is_that_of_two_classes.mutant
def sigmoid_binary_cross_entropy_forgets_the_other_class(logits, targets):
    loss = -targets * jnp.log(definitions.sigmoid(logits))
    return optax.sigmoid_binary_cross_entropy(logits, targets), loss


@identity(source=documented("losses.kl_divergence"), at=_SIZES)
def kl_divergence_is_from_the_targets_to_the_predictions(logits: Logits, targets: Targets):
    r"""`kl_divergence(log q, p)` is $D(p \Vert q)$: the second argument is the first distribution."""
    return optax.kl_divergence(logits, jnp.exp(targets)), definitions.kl(jnp.exp(targets), jnp.exp(logits))


@kl_divergence_is_from_the_targets_to_the_predictions.mutant
def kl_divergence_is_from_the_predictions_to_the_targets(logits, targets):
    return optax.kl_divergence(logits, jnp.exp(targets)), definitions.kl(jnp.exp(logits), jnp.exp(targets))


@identity(source=documented("losses.kl_divergence_with_log_targets"), at=_SIZES)
def kl_divergence_with_log_targets_is_the_same(logits: Logits, targets: Targets):
    r"""`kl_divergence_with_log_targets(log q, log p)` is $D(p \Vert q)$ too."""
    kl = definitions.kl(jnp.exp(targets), jnp.exp(logits))
    return optax.losses.kl_divergence_with_log_targets(logits, targets), kl


@kl_divergence_with_log_targets_is_the_same.mutant
def kl_divergence_with_log_targets_forgets_the_entropy(logits, targets):
    cross_entropy = definitions.cross_entropy(jnp.exp(targets), jnp.exp(logits))
    return optax.losses.kl_divergence_with_log_targets(logits, targets), cross_entropy
