r"""Uncertainty of the data, of the model, and of the meaning.

Source: Depeweg et al., *Decomposition of uncertainty in Bayesian deep learning* (2018), arXiv:1710.07283,
eqs. (1) and (2); Kuhn, Gal & Farquhar, *Semantic uncertainty* (2023), arXiv:2302.09664, eq. (2).
Claims: `jaxmath.claims.uncertainty`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions.information import entropy
from jaxmath.notation import checked


@checked
def aleatoric(laws: Float[Array, "b v"]) -> Float[Array, ""]:
    r"""The mean entropy of the laws that several models give: what no model would resolve.

    >>> print(aleatoric(jnp.array([[0.5, 0.5], [1.0, 0.0]])) / jnp.log(2.0))
    0.5
    """
    return jnp.mean(entropy(laws))


@checked
def epistemic(laws: Float[Array, "b v"]) -> Float[Array, ""]:
    r"""The entropy of the mean law less the mean entropy: how far models disagree.

    >>> print(epistemic(jnp.array([[0.0, 1.0], [1.0, 0.0]])) / jnp.log(2.0))
    1.0
    """
    return entropy(laws.mean(0)) - aleatoric(laws)


@checked
def semantic_entropy(p: Float[Array, " b"], meaning: Int[Array, " b"], meanings: int) -> Float[Array, ""]:
    r"""The entropy of the meanings of answers, each having the sum of its answers' probabilities.

    >>> print(semantic_entropy(jnp.array([0.25, 0.25, 0.5]), jnp.array([0, 0, 1]), 2) / jnp.log(2.0))
    1.0
    """
    return entropy(p @ jax.nn.one_hot(meaning, meanings, dtype=p.dtype))
