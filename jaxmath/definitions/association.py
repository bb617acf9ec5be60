r"""Associations of embeddings, and what changes in an answer when a word for a group is exchanged.

Source: Caliskan, Bryson & Narayanan, *Semantics derived automatically from language corpora contain
human-like biases* (2017), arXiv:1608.07187 (WEAT); May et al. (2019), arXiv:1903.10561 (SEAT: sentences);
Garg et al., *Counterfactual fairness in text classification* (2019), arXiv:1809.10610.
Claims: `jaxmath.claims.association`.
"""

import itertools

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.information import total_variation
from jaxmath.definitions.softmax import softmax
from jaxmath.notation import checked


@checked
def association(
    words: Float[Array, "x d"], a: Float[Array, "a d"], b: Float[Array, "b d"]
) -> Float[Array, " x"]:
    r"""How much nearer words are to one set of attributes than to another.

    $$ s(w) = \operatorname{mean}_{a \in A} \cos(w, a) - \operatorname{mean}_{b \in B} \cos(w, b) $$

    >>> print(association(jnp.array([[2.0, 0.0]]), jnp.array([[3.0, 0.0]]), jnp.array([[0.0, 1.0]])))
    [1.]
    """
    words, a, b = (x / jnp.sqrt((x**2).sum(-1, keepdims=True)) for x in (words, a, b))
    return (words @ a.T).mean(-1) - (words @ b.T).mean(-1)


@checked
def effect_size(s_x: Float[Array, " x"], s_y: Float[Array, " y"]) -> Float[Array, ""]:
    r"""WEAT's effect size of the associations of two sets of targets.

    $$ d = \frac{\bar s_X - \bar s_Y}{\operatorname{std}_{w \in X \cup Y} s(w)} $$

    Departs from the source: the standard deviation is that of the population, divided by the number of
    words, so that $|d| \le 2$ for sets of one size.

    >>> print(effect_size(jnp.array([1.0, 1.0]), jnp.array([0.0, 0.0])))
    2.0
    """
    s = jnp.concatenate([s_x, s_y])
    return (s_x.mean() - s_y.mean()) / jnp.sqrt(((s - s.mean()) ** 2).mean())


@checked
def permutation_p_value(s_x: Float[Array, " x"], s_y: Float[Array, " y"]) -> Float[Array, ""]:
    r"""The share of all ways to choose as many words that give a sum of associations as great as that of $X$.

    All ways are tried, the given one among them, so that it is never zero.

    >>> print(permutation_p_value(jnp.array([1.0]), jnp.array([0.0, 0.0, 0.0])))
    0.25
    """
    s, x = jnp.concatenate([s_x, s_y]), s_x.shape[0]
    ways = jnp.array(list(itertools.combinations(range(s.shape[0]), x)))
    # The first way is the given one: the same sum, added up in the same order.
    sums = s[ways].sum(1)
    return (sums >= sums[0]).mean(dtype=s.dtype)


@checked
def counterfactual_gap(logits: Float[Array, " v"], exchanged: Float[Array, " v"]) -> Float[Array, ""]:
    r"""How far the answer moves in probability, $\mathrm{TV}(\mathrm{softmax}(x), \mathrm{softmax}(x'))$.

    >>> print(counterfactual_gap(jnp.array([0.0, 0.0]), jnp.array([0.0, -jnp.inf])))
    0.5
    """
    return total_variation(softmax(logits), softmax(exchanged))
