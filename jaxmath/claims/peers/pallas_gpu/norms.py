"""Pallas kernels for GPUs: softmax and norms, forward and backward."""

import functools
from collections.abc import Callable
from typing import Any

import jax
from jax.experimental.pallas.ops.gpu import layer_norm, rms_norm, softmax
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.claims.peers._shared import pullback
from jaxmath.verify.claim import derivative, identity

_OPS = "jax.experimental.pallas.ops.gpu"
_AT = dict(n=2, d=8)
Batch = Float[Array, "1 n d"]
Row = Float[Array, " d"]


def _rows(function: Callable[..., Array], x: Array, *parameters: Any) -> Array:
    return jax.vmap(jax.vmap(lambda row: function(row, *parameters)))(x)


def _layer_norm(x: Array, weight: Array, bias: Array, eps: float = 1e-5) -> Array:
    return _rows(functools.partial(definitions.layer_norm, eps=eps), x, weight, bias)


def _rms_norm(x: Array, weight: Array, bias: Array, eps: float = 1e-5) -> Array:
    return _rows(lambda row: definitions.rms_norm(row, weight, eps) + bias, x)


@identity(source=f"JAX, {_OPS}.softmax", at=_AT)
def softmax_kernel_is_softmax(x: Float[Array, "n d"]):
    r"""The kernel divides $e^{x - \max x}$ by its sum along the last axis."""
    return softmax.softmax(x), jax.vmap(definitions.softmax)(x)


@softmax_kernel_is_softmax.mutant
def softmax_kernel_goes_down_the_columns(x):
    return softmax.softmax(x), definitions.softmax(x, axis=0)


@identity(source=f"JAX, {_OPS}.rms_norm, eps=1e-5 by default", at=_AT)
def rms_norm_kernel_is_rms_norm_with_a_bias(x: Batch, weight: Row, bias: Row):
    r"""The kernel adds a bias to the textbook's root-mean-square norm, with $\epsilon = 10^{-5}$."""
    return rms_norm.rms_norm(x, weight, bias), _rms_norm(x, weight, bias)


@rms_norm_kernel_is_rms_norm_with_a_bias.mutant
def rms_norm_kernel_has_the_epsilon_of_the_definition(x, weight, bias):
    return rms_norm.rms_norm(x, weight, bias), _rms_norm(x, weight, bias, eps=1e-6)


@derivative(source=f"JAX, {_OPS}.rms_norm; chain rule", at=_AT)
def rms_norm_kernels_pull_back_by_the_chain_rule(x: Batch, weight: Row, bias: Row):
    r"""The two backward kernels return the cotangents of $x$, weight and bias of the definition."""
    return _rms_norm, pullback(rms_norm.rms_norm)


@rms_norm_kernels_pull_back_by_the_chain_rule.mutant
def rms_norm_kernels_pull_back_another_epsilon(x, weight, bias):
    return functools.partial(_rms_norm, eps=2e-5), pullback(rms_norm.rms_norm)


@identity(source=f"JAX, {_OPS}.layer_norm, eps=1e-5 by default", at=_AT)
def layer_norm_kernel_is_layer_norm(x: Batch, weight: Row, bias: Row):
    r"""The kernel is the textbook's layer norm with $\epsilon = 10^{-5}$."""
    return layer_norm.layer_norm(x, weight, bias), _layer_norm(x, weight, bias)


@layer_norm_kernel_is_layer_norm.mutant
def layer_norm_kernel_does_not_centre(x, weight, bias):
    return layer_norm.layer_norm(x, weight, bias), _rms_norm(x, weight, bias)


@derivative(source=f"JAX, {_OPS}.layer_norm; chain rule", at=_AT)
def layer_norm_kernels_pull_back_by_the_chain_rule(x: Batch, weight: Row, bias: Row):
    r"""The two backward kernels return the cotangents of $x$, weight and bias of the definition."""
    return _layer_norm, pullback(layer_norm.layer_norm)


@layer_norm_kernels_pull_back_by_the_chain_rule.mutant
def layer_norm_kernels_pull_back_another_epsilon(x, weight, bias):
    return functools.partial(_layer_norm, eps=2e-5), pullback(layer_norm.layer_norm)
