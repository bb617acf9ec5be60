"""Information: likelihoods, scores and Fisher information of categorical laws."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import cross_entropy, kl, log_softmax, softmax
from jaxmath.definitions import total_variation as tv
from jaxmath.verify.claim import derivative, distribution, identity

SEQUENCES = np.array(list(itertools.product(range(3), repeat=3)))
WEIGHTS = np.random.default_rng(0).integers(1, 9, size=(4, 4, 4, 3))


def _log_likelihood(scores: Array, tokens: Array) -> Array:
    """Scores of the next token for a prefix of length 0, 1 and 2; the row is the prefix in base 3."""
    rows = jnp.stack([jnp.zeros_like(tokens[0]), 1 + tokens[0], 4 + 3 * tokens[0] + tokens[1]])
    return log_softmax(scores[rows])[jnp.arange(3), tokens].sum()


@identity(source="chain rule of probability", at=dict(rows=13), given=dict(sequences=SEQUENCES))
def an_autoregressive_model_is_normalised(scores: Float[Array, "rows 3"], sequences: Int[Array, "27 3"]):
    r"""Over all $3^3$ sequences $\prod_t p(x_t \mid x_{<t})$ adds up to one, whatever the scores."""
    likelihood = jax.vmap(lambda tokens: jnp.exp(_log_likelihood(scores, tokens)))(sequences)
    return likelihood.sum(), jnp.ones(())


@an_autoregressive_model_is_normalised.mutant
def a_model_that_sees_the_token_itself_is_normalised(scores, sequences):
    def leaky(tokens):
        return jnp.exp(log_softmax(scores[tokens])[jnp.arange(3), jnp.roll(tokens, 1)].sum())

    return jax.vmap(leaky)(sequences).sum(), jnp.ones(())


@distribution(source="chain rule of probability", given=dict(weights=WEIGHTS))
def conditional_tables_give_one_law_over_sequences(weights: Int[Array, "4 4 4 3"]):
    r"""With rational tables for three tokens of memory the $3^4$ likelihoods add up to exactly one."""
    return {"sum": _total(np.asarray(weights), 4)}, {"sum": Fraction(1)}


@conditional_tables_give_one_law_over_sequences.mutant
def likelihoods_of_all_shorter_sequences_add_up_to_one_too(weights):
    return {"sum": _total(np.asarray(weights), 4) + _total(np.asarray(weights), 3)}, {"sum": Fraction(1)}


def _total(weights: np.ndarray, length: int) -> Fraction:
    """The sum of the likelihoods of all sequences; 3 stands for what comes before the first token."""
    total = Fraction(0)
    for tokens in itertools.product(range(3), repeat=length):
        likelihood, past = Fraction(1), (3, 3, 3)
        for token in tokens:
            row = weights[past].tolist()
            likelihood *= Fraction(row[token], sum(row))
            past = (*past[1:], token)
        total += likelihood
    return total


@identity(source="Williams 1992, REINFORCE, section 3", at=dict(n=4))
def the_score_has_mean_zero(x: Float[Array, " n"]):
    r"""$\mathbb E_{i \sim p} [\nabla_x \log p_i] = 0$."""
    return softmax(x) @ jax.jacobian(log_softmax)(x), jnp.zeros(x.shape)


@the_score_has_mean_zero.mutant
def the_score_has_mean_zero_under_the_uniform_law(x):
    return jax.jacobian(log_softmax)(x).mean(0), jnp.zeros(x.shape)


@identity(source="Williams 1992, theorem 1", at=dict(n=4))
def reinforce_is_the_gradient_of_the_expected_reward(
    x: Float[Array, " n"], reward: Float[Array, " n"], baseline: Float[Array, ""]
):
    r"""$\mathbb E_p [(r_i - b) \nabla \log p_i] = \nabla\, \mathbb E_p [r_i]$ for any constant $b$."""
    estimate = (softmax(x) * (reward - baseline)) @ jax.jacobian(log_softmax)(x)
    return estimate, jax.grad(lambda x: softmax(x) @ reward)(x)


@reinforce_is_the_gradient_of_the_expected_reward.mutant
def reinforce_without_the_law_is_the_gradient(x, reward, baseline):
    estimate = (reward - baseline) @ jax.jacobian(log_softmax)(x)
    return estimate, jax.grad(lambda x: softmax(x) @ reward)(x)


@identity(source="Martens 2020, arXiv:1412.1193, section 5", at=dict(n=3))
def fisher_information_is_the_hessian_of_the_loss(x: Float[Array, " n"], t: Float[Array, " n"]):
    r"""$\mathbb E_{y \sim p} [(y - p)(y - p)^\top]$ is the Hessian of the loss for any target law."""
    p, y = softmax(x), jnp.eye(x.shape[0])
    fisher = jnp.einsum("i,ij,ik->jk", p, y - p[None, :], y - p[None, :])
    return fisher, jax.hessian(lambda x: cross_entropy(softmax(t), softmax(x)))(x)


@fisher_information_is_the_hessian_of_the_loss.mutant
def empirical_fisher_information_is_the_hessian_of_the_loss(x, t):
    p, y = softmax(x), softmax(t)
    return jnp.outer(y - p, y - p), jax.hessian(lambda x: cross_entropy(y, softmax(x)))(x)


@derivative(source="Bishop 2006, Pattern Recognition and Machine Learning, eq. (4.109)", at=dict(n=4))
def cross_entropy_pulls_back_to_prediction_minus_target(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$\nabla_x H(y, \mathrm{softmax}\, x) = (\sum_i y_i)\, p - y$ and $\nabla_y = -\log p$."""

    def vjp(x, y, dl):
        return dl * (y.sum() * softmax(x) - y), -dl * log_softmax(x)

    return lambda x, y: cross_entropy(y, softmax(x)), vjp


@cross_entropy_pulls_back_to_prediction_minus_target.mutant
def cross_entropy_pulls_back_to_target_minus_prediction(x, y):
    def vjp(x, y, dl):
        return dl * (y - y.sum() * softmax(x)), -dl * log_softmax(x)

    return lambda x, y: cross_entropy(y, softmax(x)), vjp


@identity(source="Levin, Peres & Wilmer 2009, Markov Chains and Mixing Times, proposition 4.2", at=dict(n=2))
def total_variation_is_one_minus_the_overlap(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$\mathrm{TV}(p, q) = 1 - \sum_i \min(p_i, q_i)$: what speculative decoding rejects."""
    p, q = softmax(x), softmax(y)
    return tv(p, q), 1 - jnp.minimum(p, q).sum()


@total_variation_is_one_minus_the_overlap.mutant
def total_variation_is_the_overlap(x, y):
    p, q = softmax(x), softmax(y)
    return tv(p, q), jnp.minimum(p, q).sum()


@identity(source="Cover & Thomas 2006, section 2.3", at=dict(n=3))
def divergence_from_the_uniform_law_is_missing_entropy(x: Float[Array, " n"]):
    r"""$D(p \Vert u) = \log n + \sum_i p_i \log p_i$."""
    p, n = softmax(x), x.shape[0]
    return kl(p, jnp.ones(n) / n), jnp.log(jnp.asarray(n, x.dtype)) + (p * log_softmax(x)).sum()


@divergence_from_the_uniform_law_is_missing_entropy.mutant
def divergence_of_the_uniform_law_is_missing_entropy(x):
    p, n = softmax(x), x.shape[0]
    return kl(jnp.ones(n) / n, p), jnp.log(jnp.asarray(n, x.dtype)) + (p * log_softmax(x)).sum()
