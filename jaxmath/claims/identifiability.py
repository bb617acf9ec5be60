"""What is true of the part of attention that values do not see."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import attention
from jaxmath.definitions.identifiability import effective_attention, null_directions
from jaxmath.definitions.softmax import softmax
from jaxmath.verify.claim import distribution, identity

BRUNNER = "Brunner et al. 2020, On identifiability in transformers, arXiv:1908.04211"
Scalar = Float[Array, ""]
V = np.array([[1.0, 0.5], [-0.5, 2.0], [0.25, -1.0], [1.5, 1.0], [0.0, 0.75]])
P = np.array([[0.1, 0.2, 0.3, 0.15, 0.25], [0.4, 0.1, 0.2, 0.2, 0.1]])
# V has a condition number below two, so that its pseudoinverse is right to some tens of roundings.
CLOSE = 200


def _turned(v: Array) -> Array:
    """Orthogonal to a column of three values and to ones."""
    return jnp.cross(v, jnp.ones(3))


@identity(source=f"{BRUNNER}, section 3: more keys than a value is wide", at=dict(n=2, d=2))
def other_weights_give_the_same_answer(
    q: Float[Array, "n d"], k: Float[Array, "3 d"], v: Float[Array, " 3"], t: Float[Array, " n"]
):
    r"""For three keys and values of width one, $p + t\, (v \times 1)$ adds up and answers as $p$ does."""
    p = softmax(q @ k.T / jnp.sqrt(jnp.asarray(2.0)))
    other = p + jnp.outer(t, _turned(v))
    return (other @ v[:, None], other.sum(1)), (attention(q, k, v[:, None]), jnp.ones(2))


@other_weights_give_the_same_answer.mutant
def other_weights_that_are_laws_give_the_same_answer(q, k, v, t):
    p = softmax(q @ k.T / jnp.sqrt(jnp.asarray(2.0)))
    other = p + jnp.outer(t, jnp.array([1.0, -2.0, 1.0]))
    return (other @ v[:, None], other.sum(1)), (attention(q, k, v[:, None]), jnp.ones(2))


@distribution(source=f"{BRUNNER}, section 3", roundings=CLOSE)
def null_directions_change_neither_answer_nor_sum():
    r"""They are orthogonal to values and to ones, and orthonormal: $m - e - 1 = 2$ of them."""
    u = null_directions(jnp.asarray(V))
    found = [u @ jnp.asarray(V), u.sum(1), u @ u.T]
    return [np.asarray(x) for x in found], [np.zeros((2, 2)), np.zeros(2), np.eye(2)]


@null_directions_change_neither_answer_nor_sum.mutant
def null_directions_change_no_single_weight():
    return [np.asarray(null_directions(jnp.asarray(V)))], [np.zeros((2, 5))]


@distribution(source=f"{BRUNNER}, effective attention", roundings=CLOSE)
def effective_attention_has_the_same_answer():
    r"""$P V V^+ V = P V$, and what is effective of effective attention is all of it."""
    p, v = jnp.asarray(P), jnp.asarray(V)
    effective = effective_attention(p, v)
    found = [effective @ v, effective_attention(effective, v)]
    return [np.asarray(x) for x in found], [P @ V, np.asarray(effective)]


@effective_attention_has_the_same_answer.mutant
def effective_attention_is_attention():
    return [np.asarray(effective_attention(jnp.asarray(P), jnp.asarray(V)))], [P]


@effective_attention_has_the_same_answer.mutant
def effective_attention_is_a_law():
    return [np.asarray(effective_attention(jnp.asarray(P), jnp.asarray(V)).sum(1))], [np.ones(2)]


@distribution(source=f"{BRUNNER}, effective attention", roundings=CLOSE)
def effective_attention_is_the_same_for_all_weights_of_one_answer():
    r"""Two laws over the keys, a tenth of a null direction apart, have one effective attention."""
    v = jnp.asarray(V)
    other = jnp.asarray(P) + 0.1 * null_directions(v)[:1]
    laws = bool((other > 0).all())
    found = np.asarray(effective_attention(other, v))
    return [[float(laws)], found], [[1.0], np.asarray(effective_attention(jnp.asarray(P), v))]


@effective_attention_is_the_same_for_all_weights_of_one_answer.mutant
def weights_are_the_same_for_all_weights_of_one_answer():
    other = jnp.asarray(P) + 0.1 * null_directions(jnp.asarray(V))[:1]
    return [[1.0], np.asarray(other)], [[1.0], P]
