"""What is true of linear maps."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath import definitions, kernels
from jaxmath.verify.claim import derivative, identity

HUTTER = "Phuong & Hutter 2022, arXiv:2207.09238, section 2"
SIZES = dict(n=3, d=8, f=2)


@identity(source=HUTTER, at=SIZES | dict(d=16))
def one_vector_meets_the_rows_in_groups(
    x: Float[Array, " d"], weight: Float[Array, "d f"], bias: Float[Array, " f"]
):
    r"""Eight parts of two rows: the sum over parts, then over rows, is the sum over all."""
    return kernels.linear(x, weight, bias, few=True), definitions.linear(x, weight, bias)


@one_vector_meets_the_rows_in_groups.mutant
def neighbouring_numbers_meet_the_rows_in_groups(x, weight, bias):
    numbers = x.reshape(2, 8).T.reshape(-1)
    return kernels.linear(numbers, weight, bias, few=True), definitions.linear(x, weight, bias)


@identity(source=HUTTER, at=SIZES | dict(d=6))
def few_vectors_go_the_same_way(
    x: Float[Array, "n d"], weight: Float[Array, "d f"], bias: Float[Array, " f"]
):
    r"""Several at once, also in half precision; one each of a mapped batch; with a matrix of its own each."""
    few = lambda x, w: kernels.linear(x, w, bias, few=True)  # noqa: E731
    half = kernels.linear(*(z.astype(jnp.bfloat16) for z in (x, weight, bias)), few=True)
    y = definitions.linear(x, weight, bias)
    own = jnp.stack([weight, 2 * weight, weight[::-1]])
    ys = jnp.stack([definitions.linear(*pair, bias) for pair in zip(x, own, strict=True)])
    mapped = jax.vmap(few, (0, None))(x, weight)
    return (few(x, weight), half, mapped, jax.vmap(few)(x, own)), (y, y, y, ys)


@few_vectors_go_the_same_way.mutant
def few_vectors_share_the_first_matrix(x, weight, bias):
    own = jnp.stack([weight, 2 * weight, weight[::-1]])
    mapped = jax.vmap(lambda x: kernels.linear(x, own[0], bias, few=True))(x)
    return mapped, jnp.stack([definitions.linear(*pair, bias) for pair in zip(x, own, strict=True)])


@derivative(source=f"{HUTTER}; chain rule", at=SIZES)
def few_vectors_have_the_textbook_backward_pass(
    x: Float[Array, "n d"], weight: Float[Array, "d f"], bias: Float[Array, " f"]
):
    r"""$dx = dy\, W^\top$, $dW = x^\top dy$, $db = \sum dy$."""

    def few(x, weight, bias):
        return kernels.linear(x, weight, bias, few=True)

    return few, lambda x, weight, bias, dy: (dy @ weight.T, x.T @ dy, dy.sum(0))


@few_vectors_have_the_textbook_backward_pass.mutant
def the_bias_of_few_vectors_takes_the_mean(x, weight, bias):
    few, pulled = few_vectors_have_the_textbook_backward_pass(x, weight, bias)
    return few, lambda *args: (*pulled(*args)[:2], args[-1].mean(0))


@derivative(source=f"{HUTTER}; chain rule", at=SIZES | dict(d=4))
def one_vector_has_the_textbook_backward_pass(x: Float[Array, " d"], weight: Float[Array, "d f"]):
    r"""$dx = W dy$ and $dW = x\, dy^\top$."""

    def one(x, weight):
        return kernels.linear(x, weight, few=True)

    return one, lambda x, weight, dy: (weight @ dy, x[:, None] * dy[None, :])


@one_vector_has_the_textbook_backward_pass.mutant
def one_vector_pulls_back_transposed(x, weight):
    one, pulled = one_vector_has_the_textbook_backward_pass(x, weight)
    return one, lambda x, weight, dy: (
        pulled(x, weight, dy)[0],
        x.reshape(2, 2).T.reshape(-1)[:, None] * dy[None],
    )
