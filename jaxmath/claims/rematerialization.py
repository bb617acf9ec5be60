"""What is true of rematerialization."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import chain, kept_values, rematerialized, softmax
from jaxmath.verify.claim import accounting, distribution, identity

CHEN = "Chen et al. 2016, arXiv:1604.06174"
Row = Float[Array, " d"]
Weights = Float[Array, "l d d"]


def _layers(weights: Array, activation=softmax) -> list:
    return [functools.partial(lambda w, x: x + activation(w @ x), w) for w in weights]


@identity(source=f"{CHEN}, section 4", at=dict(l=2, d=2))
def values_and_gradients_are_those_of_the_chain(x: Row, weights: Weights, v: Row):
    r"""With segments of one layer and of two, here of residual layers with a softmax."""

    def f(run):
        return jax.value_and_grad(lambda x, w: v @ run(_layers(w), x), (0, 1))(x, weights)

    parts = [f(lambda layers, x, k=k: rematerialized(layers, x, k)) for k in (1, 2)]
    return parts, [f(chain)] * 2


@values_and_gradients_are_those_of_the_chain.mutant
def gradients_stop_between_segments(x, weights, v):
    def cut(layers, x):
        return chain(layers[1:], jax.lax.stop_gradient(chain(layers[:1], x)))

    def f(run):
        return jax.value_and_grad(lambda x, w: v @ run(_layers(w), x), (0, 1))(x, weights)

    return f(cut), f(chain)


def _bits(run) -> list[int]:
    """Of a gradient in float32, not compiled as a whole."""
    rng = np.random.default_rng(0)
    weights, x = (jnp.asarray(rng.standard_normal(s), jnp.float32) for s in ((6, 5, 5), (5,)))
    gradients = jax.grad(lambda w: (run(_layers(w, jnp.tanh), x) ** 2).sum())(weights)
    return np.asarray(gradients).view(np.int32).ravel().tolist()


@distribution(source=f"{CHEN}: the same operations, twice")
def gradients_have_the_same_bits():
    r"""Of six layers with segments of 1, 2, 3 and 6."""
    parts = [_bits(functools.partial(rematerialized, segment=k)) for k in (1, 2, 3, 6)]
    return parts, [_bits(chain)] * 4


@gradients_have_the_same_bits.mutant
def gradients_of_an_equal_function_have_the_same_bits():
    return _bits(lambda layers, x: chain(layers, x) / 49 * 49), _bits(chain)


def _residuals(layers: int, segment: int) -> int:
    """How many values of the right size the forward pass hands to the backward pass."""
    steps = [jnp.tanh] * layers
    pulled = jax.vjp(lambda x: rematerialized(steps, x, segment), jnp.ones(7))[1]
    return sum(leaf.shape == (7,) for leaf in jax.tree.leaves(pulled))


@accounting(source=f"{CHEN}, section 4: one input a segment is kept")
def inputs_of_segments_are_kept():
    r"""Twelve layers in segments of 1, 2, 3, 4, 6 and 12 keep $12 / k$ values from the forward pass."""
    segments = (1, 2, 3, 4, 6, 12)
    return [_residuals(12, k) for k in segments], [12 // k for k in segments]


@inputs_of_segments_are_kept.mutant
def inputs_of_layers_are_kept():
    return [_residuals(12, k) for k in (1, 3)], [12, 12]


@distribution(source=f"{CHEN}, section 4.1: square roots of the number of layers")
def the_square_root_is_the_best_segment():
    r"""$n / k + k$ is least at $k = \sqrt n$ and there $2 \sqrt n$: for all squares up to 400."""
    squares = [k * k for k in range(1, 21)]
    least = [min(kept_values(n, k) for k in range(1, n + 1)) for n in squares]
    return least, [2 * math.isqrt(n) for n in squares]


@the_square_root_is_the_best_segment.mutant
def one_segment_is_the_best():
    squares = [k * k for k in range(2, 21)]
    return [min(kept_values(n, k) for k in range(1, n + 1)) for n in squares], [
        kept_values(n, n) for n in squares
    ]
