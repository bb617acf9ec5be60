"""Mean losses whose gradient is found beside them: the textbook's, and so is what moves with it."""

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.verify.claim import identity

HOW = dict(label_smoothing=0.125, z_loss=0.25)
WEIGHED = dict(at=dict(n=3, d=1, v=2), given=dict(targets=np.array([1, -100, 0])))


@identity(source="definition: a weighted mean; chain rule", **WEIGHED)
def gradients_beside_their_loss_are_gradients(
    x: Float[Array, "n d"], table: Float[Array, "v d"], w: Float[Array, " n"], targets: Int[Array, " n"]
):
    r"""Found while the scores of two tokens are there: loss and gradient in $x$, $E$ and $w$."""

    def both(loss, **block):
        return jax.value_and_grad(lambda *a: loss(*a[:2], targets, a[2], **HOW, **block), (0, 1, 2))(
            x, table, w
        )

    return both(kernels.linear_cross_entropy, block=2), both(definitions.linear_cross_entropy)


@gradients_beside_their_loss_are_gradients.mutant
def weights_need_not_sum_to_one(x, table, w, targets):
    def both(loss, total, **block):
        f = lambda *a: total(a[2]) * loss(*a[:2], targets, a[2], **HOW, **block)  # noqa: E731
        return jax.value_and_grad(f, (0, 1, 2))(x, table, w)

    left = both(kernels.linear_cross_entropy, lambda w: w[0] + w[2], block=2)
    return left, both(definitions.linear_cross_entropy, lambda w: 1)


@identity(source="chain rule, twice", at=dict(n=2, d=1, v=2), given=dict(targets=np.array([1, 0])))
def gradients_beside_their_loss_move_alike(
    x: Float[Array, "n d"], table: Float[Array, "v d"], dx: Float[Array, "n d"], targets: Int[Array, " n"]
):
    r"""Forward over reverse: what was found beside the loss is not held fixed."""

    def second(loss, **block):
        gradient = jax.grad(lambda x, e: loss(x, e, targets, z_loss=0.25, **block), (0, 1))
        return jax.jvp(lambda x: gradient(x, table), (x,), (dx,))[1]

    return second(kernels.linear_cross_entropy, block=1), second(definitions.linear_cross_entropy)


@gradients_beside_their_loss_move_alike.mutant
def gradients_move_with_vectors_but_not_with_denominators(x, table, dx, targets):
    def second(loss, **how):
        gradient = jax.grad(lambda x, e: loss(x, e, targets, **how), (0, 1))
        return jax.jvp(lambda x: gradient(x, table), (x,), (dx,))[1]

    left = second(kernels.linear_cross_entropy, block=1)
    return left, second(definitions.linear_cross_entropy, z_loss=0.25)
