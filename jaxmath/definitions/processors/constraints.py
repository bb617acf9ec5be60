r"""Tokens that must not come next, and tokens that must.

Source: Paulus, Xiong & Socher, *A deep reinforced model for abstractive summarization* (2017),
arXiv:1705.04304, section 2.5 (no repeated n-grams).
Claims: `jaxmath.claims.processors`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions.processors._law import restrict
from jaxmath.notation import checked


@checked
def ban(logits: Float[Array, " v"], banned: Bool[Array, " v"]) -> Float[Array, " v"]:
    r"""Scores of banned tokens become $-\infty$: the law is conditioned on the others.

    >>> print(ban(jnp.array([1.0, 2.0]), jnp.array([True, False])))
    [-inf   2.]
    """
    return restrict(logits, ~banned)


@checked
def ban_phrase(
    logits: Float[Array, " v"], history: Int[Array, " t"], phrase: Int[Array, " words"]
) -> Float[Array, " v"]:
    r"""The last token of a phrase is banned where the history ends with the rest of it.

    >>> print(ban_phrase(jnp.zeros(3), jnp.array([2, 1]), jnp.array([1, 0])))
    [-inf   0.   0.]
    """
    rest = phrase.shape[0] - 1
    if rest > history.shape[0]:
        return logits
    ends = (history[history.shape[0] - rest :] == phrase[:-1]).all()
    return restrict(logits, ~(ends & (jnp.arange(logits.shape[0]) == phrase[-1])))


@checked
def force(logits: Float[Array, " v"], token: Int[Array, ""] | int) -> Float[Array, " v"]:
    r"""Only one token may come next; a negative `token` forces nothing.

    >>> print(force(jnp.array([1.0, 2.0]), 0))
    [  0. -inf]
    """
    only = restrict(jnp.zeros_like(logits), jnp.arange(logits.shape[0]) == token)
    return jnp.where(jnp.asarray(token) < 0, logits, only)


@checked
def no_repeat_ngram(logits: Float[Array, " v"], history: Int[Array, " t"], n: int) -> Float[Array, " v"]:
    r"""Tokens are banned that would repeat $n$ tokens in a row that are in the history.

    Token $a$ is banned if $(h_{t-n+2}, \dots, h_t, a)$ is one of the $n$-grams of $h_1 \dots h_t$.

    >>> print(no_repeat_ngram(jnp.zeros(3), jnp.array([0, 2, 1, 0]), 2))
    [  0.   0. -inf]
    """
    t = history.shape[0]
    if t < n:
        return logits
    grams = jnp.stack([history[i : t - n + 1 + i] for i in range(n)], axis=1)
    repeats = (grams[:, :-1] == history[t - n + 1 :][None, :]).all(1) & (grams >= 0).all(1)
    ends = jax.nn.one_hot(jnp.where(repeats, grams[:, -1], -1), logits.shape[0], dtype=jnp.int32)
    return restrict(logits, ends.sum(0) == 0)
