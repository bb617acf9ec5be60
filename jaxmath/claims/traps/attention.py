"""Traps: attention."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import softmax
from jaxmath.verify.claim import bound, trap

KIM = "Kim, Papamakarios & Mnih 2020, arXiv:2006.04710, section 3"
# phi(x) = x exp(x + 1) is 1 here, so that this is the factor 4 phi^{-1}(N - 1) + 1 for two positions.
FACTOR = 4 * 0.278464542761074 + 1


def _stretch(x: Array, w: Array) -> Array:
    r"""How far a common shift of two positions of width 1 moves $f(X) = P X w^2$, per unit of the shift.

    $P = \mathrm{softmax}(-(w (x_i - x_j))^2)$ is attention by distances, with tied queries and keys.
    """

    def attend(x):
        return softmax(-((w * (x[:, None] - x[None, :])) ** 2)) @ x * w**2

    out = jax.jvp(attend, (x,), (jnp.ones_like(x),))[1]
    return jnp.sqrt((out**2).sum() / 2)


@trap()
@bound(
    source=f"{KIM}: the bound for tied weights with the norm of W_Q to the first power",
    box=dict(x=(-1, 1), w=(4, 8)),
    sharp=None,
    at=dict(n=2),
)
def distance_attention_is_stretched_in_proportion_to_the_query_weights(
    x: Float[Array, " n"], w: Float[Array, ""]
):
    r"""$\mathrm{Lip}_2 \le \sqrt N (4 \varphi^{-1}(N - 1) + 1) \lVert W_Q \rVert$, here at width 1."""
    return _stretch(x, w), jnp.sqrt(jnp.asarray(2.0, w.dtype)) * FACTOR * w


@distance_attention_is_stretched_in_proportion_to_the_query_weights.truth
@bound(
    source=f"{KIM}, with A = W_Q W_Q^T in the output",
    box=dict(x=(-0.5, 0.5), w=(1, 2)),
    sharp=None,
    at=dict(n=2),
)
def distance_attention_is_stretched_in_proportion_to_their_square(x: Float[Array, " n"], w: Float[Array, ""]):
    r"""With $\lVert W_Q \rVert^2$ in place of $\lVert W_Q \rVert$ the bound holds for such shifts."""
    return _stretch(x, w), jnp.sqrt(jnp.asarray(2.0, w.dtype)) * FACTOR * w**2
