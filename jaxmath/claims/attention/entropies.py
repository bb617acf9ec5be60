"""How spread out attention is."""

import jax
from jaxtyping import Array, Float

from jaxmath.definitions import attention_lse, attention_scores, attention_weights, entropy
from jaxmath.verify.claim import identity

SIZES = dict(n=2, m=3, d=2)
Queries = Float[Array, "n d"]
Keys = Float[Array, "m d"]


@identity(source="Gibbs: entropy is log-partition less mean energy", at=SIZES)
def the_entropy_of_attention_is_its_logsumexp_less_its_mean_score(q: Queries, k: Keys):
    r"""$H(p_i) = \mathrm{lse}_i - \sum_j p_{ij} x_{ij}$, from what a fast kernel keeps anyway."""
    p, x = attention_weights(q, k), attention_scores(q, k)
    return attention_lse(q, k) - (p * x).sum(1), entropy(p)


@the_entropy_of_attention_is_its_logsumexp_less_its_mean_score.mutant
def the_entropy_of_attention_is_its_logsumexp(q, k):
    return attention_lse(q, k), entropy(attention_weights(q, k))


@identity(source="Gibbs: the heat capacity is a variance", at=dict(m=3, d=2))
def attention_sharpens_by_the_variance_of_its_scores(
    q: Float[Array, "1 d"], k: Keys, scale: Float[Array, ""]
):
    r"""In the scale $\beta$ of scores entropy has the derivative $-\beta \operatorname{Var}_p(q k^\top)$."""
    found = jax.grad(lambda scale: entropy(attention_weights(q, k, scale=scale))[0])(scale)
    p, x = attention_weights(q, k, scale=scale)[0], (q @ k.T)[0]
    return found, -scale * (p @ x**2 - (p @ x) ** 2)


@attention_sharpens_by_the_variance_of_its_scores.mutant
def attention_sharpens_by_the_variance_of_all_scores(q, k, scale):
    found = jax.grad(lambda scale: entropy(attention_weights(q, k, scale=scale))[0])(scale)
    x = (q @ k.T)[0]
    return found, -scale * ((x**2).mean() - x.mean() ** 2)
