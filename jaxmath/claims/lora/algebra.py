"""Low-rank adaptation: merging, gradients, and what does not matter."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import column_norms, dora_weights, lora, merge_lora
from jaxmath.verify.claim import derivative, identity

HU = "Hu et al. 2021, arXiv:2106.09685"
LIU = "Liu et al. 2024, DoRA, arXiv:2402.09353"
SIZES = dict(n=2, d=3, f=3, rank=1)
X = Float[Array, "n d"]
W = Float[Array, "d f"]
A = Float[Array, "d rank"]
B = Float[Array, "rank f"]
M = Float[Array, " f"]
S = Float[Array, ""]


@identity(source=f"{HU}, section 4.1, no additional inference latency", at=SIZES)
def merged_weights_do_what_the_adapter_does(x: X, w: W, a: A, b: B, s: S):
    r"""$x (W + s A B) = x W + s (x A) B$."""
    return x @ merge_lora(w, a, b, s), lora(x, w, a, b, s)


@merged_weights_do_what_the_adapter_does.mutant
def weights_merged_without_the_scale_do_what_the_adapter_does(x, w, a, b, s):
    return x @ merge_lora(w, a, b, jnp.ones_like(s)), lora(x, w, a, b, s)


@identity(source=f"{HU}, section 4.1, switching tasks", at=SIZES)
def unmerging_undoes_merging(w: W, a: A, b: B, s: S):
    r"""$(W + s A B) - s A B = W$: a merge with the negative scale takes it back, in exact arithmetic."""
    return merge_lora(merge_lora(w, a, b, s), a, b, -s), w


@unmerging_undoes_merging.mutant
def merging_twice_undoes_merging(w, a, b, s):
    return merge_lora(merge_lora(w, a, b, s), a, b, s), w


@derivative(source=f"{HU}, eq. (3); chain rule", at=SIZES)
def the_adapter_has_the_textbook_gradients(x: X, w: W, a: A, b: B, s: S):
    r"""$A$ gets $s\, x^\top \delta B^\top$ and $B$ gets $s\, (x A)^\top \delta$.

    With $\delta$ the gradient of the output;
    $\delta (W + s A B)^\top$ for the input and $\langle (x A) B, \delta \rangle$ for the scale.
    """

    def vjp(x, w, a, b, s, dy):
        dx = dy @ merge_lora(w, a, b, s).T
        return dx, x.T @ dy, s * x.T @ dy @ b.T, s * (x @ a).T @ dy, (x @ a @ b * dy).sum()

    return lora, vjp


@the_adapter_has_the_textbook_gradients.mutant
def the_adapter_has_gradients_without_the_scale(x, w, a, b, s):
    def vjp(x, w, a, b, s, dy):
        dx = dy @ merge_lora(w, a, b, s).T
        return dx, x.T @ dy, x.T @ dy @ b.T, (x @ a).T @ dy, (x @ a @ b * dy).sum()

    return lora, vjp


@identity(source=f"{HU}, section 4.1, initialisation", at=SIZES)
def before_training_the_adapter_is_off_and_only_b_moves(x: X, w: W, a: A, s: S, dy: Float[Array, "n f"]):
    r"""With $B = 0$ the output is $x W$, the gradient of $A$ zero, that of $B$ $s\, (x A)^\top \delta$."""
    y, pullback = jax.vjp(lambda a, b: lora(x, w, a, b, s), a, jnp.zeros((1, 3)))
    return (y, pullback(dy)), (x @ w, (jnp.zeros_like(a), s * (x @ a).T @ dy))


@before_training_the_adapter_is_off_and_only_b_moves.mutant
def before_training_both_matrices_may_be_zero(x, w, a, s, dy):
    y, pullback = jax.vjp(lambda a, b: lora(x, w, a, b, s), jnp.zeros_like(a), jnp.zeros((1, 3)))
    return (y, pullback(dy)), (x @ w, (jnp.zeros_like(a), s * (x @ a).T @ dy))


@identity(source=f"{HU}, section 4.1: rank r", at=SIZES | dict(rank=2))
def the_update_has_no_more_than_its_rank(a: A, b: B, s: S):
    r"""The determinant of a $3 \times 3$ update of rank two is zero, for all $A$ and $B$."""
    return _determinant(merge_lora(jnp.zeros((3, 3)), a, b, s)), jnp.zeros(())


@the_update_has_no_more_than_its_rank.mutant
def the_merged_weights_have_no_more_than_the_rank(a, b, s):
    return _determinant(merge_lora(jnp.eye(3), a, b, s)), jnp.zeros(())


@identity(source="Hu et al. 2021: only the product of both matrices is used", at=SIZES | dict(rank=2))
def factors_are_known_up_to_an_invertible_matrix(x: X, w: W, a: A, b: B, s: S, g: Float[Array, "rank rank"]):
    r"""$A G$ and $G^{-1} B$ are the same adapter as $A$ and $B$."""
    (p, q), (r, t) = g
    inverse = jnp.stack([jnp.stack([t, -q]), jnp.stack([-r, p])]) / (p * t - q * r)
    return lora(x, w, a @ g, inverse @ b, s), lora(x, w, a, b, s)


@factors_are_known_up_to_an_invertible_matrix.mutant
def factors_are_known_up_to_a_matrix_and_its_transpose(x, w, a, b, s, g):
    return lora(x, w, a @ g, g.T @ b, s), lora(x, w, a, b, s)


@identity(source=f"{LIU}, section 4.1, initialisation", at=SIZES)
def dora_begins_at_the_weights_themselves(w: W, a: A, s: S):
    r"""With $B = 0$ and the lengths of the columns of $W$ the decomposition gives $W$."""
    return dora_weights(w, a, jnp.zeros((1, 3)), s, column_norms(w)), w


@dora_begins_at_the_weights_themselves.mutant
def dora_begins_at_the_weights_with_the_lengths_of_the_rows(w, a, s):
    return dora_weights(w, a, jnp.zeros((1, 3)), s, column_norms(w.T)), w


@identity(source=f"{LIU}, eq. (5)", at=SIZES)
def columns_have_the_lengths_that_dora_learns(w: W, a: A, b: B, s: S, m: M):
    r"""The squared length of column $j$ is $m_j^2$, whatever the low-rank update."""
    return (dora_weights(w, a, b, s, m) ** 2).sum(0), m**2


@columns_have_the_lengths_that_dora_learns.mutant
def columns_keep_the_lengths_of_the_frozen_weights(w, a, b, s, m):
    return (dora_weights(w, a, b, s, m) ** 2).sum(0), column_norms(w) ** 2


def _determinant(m: Array) -> Array:
    return m[0] @ jnp.cross(m[1], m[2])
