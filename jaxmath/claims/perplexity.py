"""What is true of perplexity and of bits per byte."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import bits_per_byte, entropy, logsumexp, perplexity, softmax
from jaxmath.verify.claim import bound, identity

JELINEK = "Jelinek et al. 1977"
PILE = "Gao et al. 2020, arXiv:2101.00027, section 3.1"


@identity(source=JELINEK, at=dict(n=3))
def perplexity_is_a_geometric_mean_of_inverse_probabilities(p: Float[Array, " n"]):
    r"""$\mathrm{PPL}^n = \prod_i 1 / p_i$."""
    return perplexity(-jnp.log(p)) ** 3, 1 / p[0] / p[1] / p[2]


@perplexity_is_a_geometric_mean_of_inverse_probabilities.mutant
def perplexity_is_an_arithmetic_mean_of_inverse_probabilities(p):
    return perplexity(-jnp.log(p)) ** 3, (1 / p).mean() ** 3


@identity(source=JELINEK, at=dict(n=4, v=3))
def guessing_has_the_vocabulary_as_its_perplexity(c: Float[Array, " n"]):
    r"""Equal scores for all of $v$ words give $\mathrm{PPL} = v$, whatever the text."""
    losses = jax.vmap(lambda c: logsumexp(jnp.stack([c, c, c])) - c)(c)
    return perplexity(losses), jnp.asarray(3.0)


@guessing_has_the_vocabulary_as_its_perplexity.mutant
def guessing_has_the_logarithm_of_the_vocabulary_as_its_perplexity(c):
    losses = jax.vmap(lambda c: logsumexp(jnp.stack([c, c, c])) - c)(c)
    return losses.mean(), jnp.asarray(3.0)


@identity(source=PILE, at=dict(n=4))
def bits_per_byte_do_not_depend_on_the_tokens(losses: Float[Array, " n"], size: Float[Array, ""]):
    r"""Two tokens may be read as one whose loss is the sum of theirs; perplexity is squared by it."""
    pairs = losses[0::2] + losses[1::2]
    return (bits_per_byte(pairs, size), perplexity(pairs)), (
        bits_per_byte(losses, size),
        perplexity(losses) ** 2,
    )


@bits_per_byte_do_not_depend_on_the_tokens.mutant
def perplexity_does_not_depend_on_the_tokens(losses, size):
    pairs = losses[0::2] + losses[1::2]
    return (bits_per_byte(pairs, size), perplexity(pairs)), (bits_per_byte(losses, size), perplexity(losses))


@identity(source=f"{PILE}: BPB = (L_T / L_B) log2(e^loss)", at=dict(n=3))
def bits_per_byte_are_the_logarithm_of_perplexity_by_tokens_per_byte(
    losses: Float[Array, " n"], size: Float[Array, ""]
):
    r"""$\mathrm{BPB} = \frac{n}{B} \log_2 \mathrm{PPL}$."""
    two = jnp.log(jnp.asarray(2.0))
    return bits_per_byte(losses, size), 3 / size * jnp.log(perplexity(losses)) / two


@bits_per_byte_are_the_logarithm_of_perplexity_by_tokens_per_byte.mutant
def bits_per_byte_are_the_logarithm_of_perplexity_by_bytes_per_token(losses, size):
    two = jnp.log(jnp.asarray(2.0))
    return bits_per_byte(losses, size), size / 3 * jnp.log(perplexity(losses)) / two


@bound(source="Gibbs' inequality", box=dict(a=(-2, 2)), slack=1e-3, sharp=dict(a=0.0))
def a_law_is_as_perplexed_as_all_of_its_words_at_most(a: Float[Array, ""]):
    r"""$e^{H(p)} \le v$, with equality for the uniform law; here $v = 2$."""
    p = softmax(jnp.stack([a, 0 * a]))
    return perplexity(jnp.stack([entropy(p)])), jnp.full_like(a, 2)


@a_law_is_as_perplexed_as_all_of_its_words_at_most.mutant
def a_law_is_as_perplexed_as_nearly_all_of_its_words_at_most(a):
    p = softmax(jnp.stack([a, 0 * a]))
    return perplexity(jnp.stack([entropy(p)])), jnp.full_like(a, 1.9)
