r"""Beam search: at every step the best continuations of the best beginnings.

Source: Graves, *Sequence transduction with recurrent neural networks* (2012), arXiv:1211.3711, section 3;
Wu et al., *Google's neural machine translation system* (2016), arXiv:1609.08144, eq. (14) (length).
Claims: `jaxmath.claims.beam`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def beam_step(
    scores: Float[Array, " b"], log_p: Float[Array, "b v"], width: int
) -> tuple[Float[Array, " _"], Int[Array, " _"], Int[Array, " _"]]:
    r"""The best of all continuations, $s_i + \log p_i(a)$.

    Args:
      scores: log-probabilities of the beginnings.
      log_p: log-probabilities of the next token after each.
      width: how many to keep; all, if there are no more.

    Returns:
      Scores, the beginning that each continues, and its new token; the best one first.

    >>> print(beam_step(jnp.array([0.0, -1.0]), jnp.array([[-2.0, -3.0], [-0.5, -9.0]]), 2))
    (Array([-1.5, -2. ], dtype=float32), Array([1, 0], dtype=int32), Array([0, 0], dtype=int32))
    """
    v = log_p.shape[1]
    every = (scores[:, None] + log_p).ravel()
    best, at = jax.lax.top_k(every, min(width, every.shape[0]))
    return best, at // v, at % v


def beam_search(
    log_p: Callable[[Array], Array], length: int, width: int
) -> tuple[Int[Array, "b t"], Float[Array, " b"]]:
    r"""The texts that `beam_step` leads to, and their log-probabilities, the best one first.

    Args:
      log_p: log-probabilities of the next token for each of several beginnings of one length.
      length: of the texts.
      width: of the beam.

    >>> texts, scores = beam_search(lambda x: jnp.log(jnp.full((x.shape[0], 2), 0.5)), 3, 2)
    >>> print(texts.shape, scores / jnp.log(0.5))
    (2, 3) [3. 3.]
    """
    texts, scores = jnp.zeros((1, 0), jnp.int32), jnp.zeros_like(log_p(jnp.zeros((1, 0), jnp.int32))[:, 0])
    for _ in range(length):
        scores, parents, tokens = beam_step(scores, log_p(texts), width)
        texts = jnp.concatenate([texts[parents], tokens[:, None]], axis=1)
    return texts, scores


def length_penalty(length: Scalar, alpha: Scalar) -> Scalar:
    r"""What scores are divided by to compare texts of several lengths, $((5 + n) / 6)^\alpha$.

    >>> print(length_penalty(7, 1.0))
    2.0
    """
    return ((5 + length) / 6) ** alpha
