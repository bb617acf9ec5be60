"""`jax.nn`: standardisation and one-hot vectors; the types that softmax and attention compute in."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxmath import definitions
from jaxmath.claims.peers._shared import exponential_bits
from jaxmath.verify.claim import accounting, derivative, identity

_STANDARDIZE = "JAX documentation, jax.nn.standardize"
_SIZES = dict(n=3, d=4)
_SOME = np.array([[True, True, False, True]] * 3)
Vectors = Float[Array, "n d"]
# The types that JAX ships for the function do not know its argument `algorithm`.
standardize: Callable[..., Any] = jax.nn.standardize


@identity(source=_STANDARDIZE, at=_SIZES)
def standardize_is_layer_norm_without_parameters(x: Vectors):
    r"""The mean of squares less the squared mean, cut off at zero, is the variance; $\epsilon = 10^{-5}$."""
    return standardize(x), definitions.layer_norm(x, eps=1e-5)


@standardize_is_layer_norm_without_parameters.mutant
def standardize_has_twice_the_epsilon(x):
    return standardize(x), definitions.layer_norm(x, eps=2e-5)


@identity(source=_STANDARDIZE + ", argument algorithm", at=_SIZES)
def standardize_in_two_passes_is_layer_norm_too(x: Vectors, eps: Float[Array, ""]):
    r"""With `algorithm="stable"` the variance is the mean of squared deviations."""
    return standardize(x, epsilon=eps, algorithm="stable"), definitions.layer_norm(x, eps=eps)


@standardize_in_two_passes_is_layer_norm_too.mutant
def standardize_has_its_epsilon_outside_the_root(x, eps):
    return standardize(x, epsilon=eps, algorithm="stable"), definitions.layer_norm(x, eps=eps**2)


@identity(source=_STANDARDIZE + ", argument where", at=_SIZES, given=dict(where=_SOME))
def standardize_takes_its_moments_from_marked_entries(x: Vectors, where: Bool[Array, "n d"]):
    r"""With `where` mean and variance are those of the marked entries; every entry is standardised."""
    mean = x.mean(-1, where=where, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, where=where, keepdims=True)
    out = standardize(x, where=where, algorithm="stable")
    return out, (x - mean) / jnp.sqrt(variance + 1e-5)


@standardize_takes_its_moments_from_marked_entries.mutant
def standardize_takes_its_moments_from_all_entries(x, where):
    return standardize(x, where=where, algorithm="stable"), definitions.layer_norm(x, eps=1e-5)


@derivative(source=_STANDARDIZE + "; chain rule", at=_SIZES)
def standardize_has_the_textbook_gradient(x: Vectors):
    r"""Reverse mode goes through mean and variance."""
    return lambda x: definitions.layer_norm(x, eps=1e-5), lambda x, dy: jax.vjp(standardize, x)[1](dy)


@standardize_has_the_textbook_gradient.mutant
def standardize_has_the_gradient_at_fixed_moments(x):
    def vjp(x, dy):
        return dy * jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)

    return lambda x: definitions.layer_norm(x, eps=1e-5), vjp


@identity(
    source="JAX documentation, jax.nn.one_hot",
    at=dict(n=5, v=3, d=2),
    given=dict(ids=np.array([2, 0, 2, 3, -1])),
)
def one_hot_times_a_table_is_a_look_up(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""Row `ids[t]` of the table; a number outside the vocabulary is encoded as zeros."""
    return jax.nn.one_hot(ids, table.shape[0]) @ table, definitions.embed(ids, table)


@one_hot_times_a_table_is_a_look_up.mutant
def one_hot_wraps_around(ids, table):
    return jax.nn.one_hot(ids, table.shape[0]) @ table, definitions.embed(ids % 3, table)


@accounting(source="JAX documentation, jax.nn.softmax")
def softmax_takes_its_exponentials_in_the_type_of_the_scores():
    r"""For bfloat16 scores the exponentials are rounded to bfloat16."""
    return exponential_bits(jax.nn.softmax, (2, 3)), 16


@softmax_takes_its_exponentials_in_the_type_of_the_scores.mutant
def softmax_takes_its_exponentials_in_single_precision():
    return exponential_bits(jax.nn.softmax, (2, 3)), 32


@accounting(source="JAX source, jax.nn.dot_product_attention: softmax is always carried out in fp32")
def attention_takes_its_exponentials_in_single_precision():
    r"""For bfloat16 queries, keys and values the exponentials are computed in float32."""
    return exponential_bits(jax.nn.dot_product_attention, *[(1, 3, 2, 4)] * 3), 32


@attention_takes_its_exponentials_in_single_precision.mutant
def attention_takes_its_exponentials_in_the_type_of_the_queries():
    return exponential_bits(jax.nn.dot_product_attention, *[(1, 3, 2, 4)] * 3), 16
