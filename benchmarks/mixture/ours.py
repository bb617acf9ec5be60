"""This library: its kernel, that by `jax.lax.ragged_dot`, and its definition."""

import functools

from jaxmath import definitions, kernels

kernel = kernels.mixture_of_experts
ragged = functools.partial(kernels.mixture_of_experts, ragged=True)
definition = definitions.mixture_of_experts
