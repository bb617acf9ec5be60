"""Policy gradients: what the weights of tokens do to answers of different lengths."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import answer_mean_weights, constant_weights, log_softmax, token_mean_weights
from jaxmath.verify.claim import identity

LIU = "Liu et al. 2025, Dr. GRPO, arXiv:2503.20783, section 3.1, response-level length bias"
SHAO = "Shao et al. 2024, DeepSeekMath, arXiv:2402.03300, eq. (3)"
YU = "Yu et al. 2025, DAPO, arXiv:2503.14476, section 3.3"
TOKENS = np.array([[True, True, False, False], [True, True, True, True], [True, False, False, False]])
SIZES = dict(answers=3, t=4)
Tokens = Bool[Array, "answers t"]
Losses = Float[Array, "answers t"]
# Stop at once; go on and stop; go on twice. An action of -1 is not taken.
ACTIONS = np.array([[0, -1], [1, 0], [1, 1]])


def _terms(x):
    """Log-probabilities of the actions of each of the three answers, zero where none is taken."""
    log_p = log_softmax(x)
    return jnp.where(ACTIONS >= 0, log_p[np.arange(2)[None], np.maximum(ACTIONS, 0)], 0)


def _estimate(weigh, x, reward):
    """The policy gradient on average over the three answers, each with the weights of its own tokens."""
    likelihood = jnp.exp(_terms(x).sum(1))
    weights = jnp.concatenate([weigh(jnp.asarray(row[None] >= 0)) for row in ACTIONS])
    weighted = jax.jacobian(lambda x: (weights * _terms(x)).sum(1))(x)
    return jnp.einsum("a,a,atv->tv", likelihood, reward, weighted)


def _gradient(x, reward):
    return jax.grad(lambda x: jnp.exp(_terms(x).sum(1)) @ reward)(x)


@identity(source="Sutton et al. 1999, policy gradient theorem; " + LIU)
def constant_weights_keep_the_direction_of_the_gradient(x: Float[Array, "2 2"], reward: Float[Array, "3"]):
    r"""Weights $1 / L$ give $\frac1L \nabla \mathbb E_\pi[r]$ on average.

    For a policy that may stop early.
    """
    return _estimate(lambda tokens: constant_weights(tokens, 2.0), x, reward), _gradient(x, reward) / 2


@constant_weights_keep_the_direction_of_the_gradient.mutant
def weights_by_length_keep_the_direction_of_the_gradient(x, reward):
    return _estimate(answer_mean_weights, x, reward), _gradient(x, reward)


@identity(source=SHAO, at=SIZES, given=dict(tokens=TOKENS))
def answer_weights_are_a_mean_of_means(losses: Losses, tokens: Tokens):
    r"""$\sum w \ell = \frac1n \sum_i \frac{1}{|y_i|} \sum_t \ell_{it}$.

    For answers of two, four and one tokens.
    """
    means = jnp.stack([losses[0, :2].mean(), losses[1].mean(), losses[2, 0]])
    return (answer_mean_weights(tokens) * losses).sum(), means.mean()


@answer_weights_are_a_mean_of_means.mutant
def token_weights_are_a_mean_of_means(losses, tokens):
    means = jnp.stack([losses[0, :2].mean(), losses[1].mean(), losses[2, 0]])
    return (token_mean_weights(tokens) * losses).sum(), means.mean()


@identity(source=YU, at=SIZES, given=dict(tokens=TOKENS))
def token_weights_are_one_mean_over_tokens(losses: Losses, tokens: Tokens):
    r"""$\sum w \ell = \frac{1}{\sum_i |y_i|} \sum_{it} \ell_{it}$: a long answer counts for more."""
    return (token_mean_weights(tokens) * losses).sum(), jnp.where(tokens, losses, 0).sum() / 7


@token_weights_are_one_mean_over_tokens.mutant
def token_weights_are_one_mean_over_positions(losses, tokens):
    return (token_mean_weights(tokens) * losses).sum(), jnp.where(tokens, losses, 0).mean()


@identity(source=f"{LIU}; TRL, pull request 4719", at=SIZES, given=dict(tokens=TOKENS))
def constant_weights_may_be_accumulated(losses: Losses, tokens: Tokens):
    r"""The loss of a batch is the mean of the losses of its answers alone, as micro-batches need it."""
    alone = [(constant_weights(tokens[i : i + 1], 4.0) * losses[i : i + 1]).sum() for i in range(3)]
    return (constant_weights(tokens, 4.0) * losses).sum(), sum(alone) / 3


@constant_weights_may_be_accumulated.mutant
def token_weights_may_be_accumulated(losses, tokens):
    alone = [(token_mean_weights(tokens[i : i + 1]) * losses[i : i + 1]).sum() for i in range(3)]
    return (token_mean_weights(tokens) * losses).sum(), sum(alone) / 3


@identity(source=f"{SHAO}; {YU}", at=dict(answers=2, t=3), given=dict(tokens=np.ones((2, 3), bool)))
def all_weights_agree_on_answers_of_full_length(losses: Losses, tokens: Tokens):
    r"""Where no answer is shorter than $L$, the three losses are one."""
    three = [answer_mean_weights(tokens), token_mean_weights(tokens), constant_weights(tokens, 3.0)]
    return [(w * losses).sum() for w in three], [losses.mean()] * 3


@all_weights_agree_on_answers_of_full_length.mutant
def all_weights_agree_on_answers_of_any_length(losses, tokens):
    three = [answer_mean_weights(tokens), token_mean_weights(tokens), constant_weights(tokens, 4.0)]
    return [(w * losses).sum() for w in three], [losses.mean()] * 3
