"""A wrong word is answered by name and with the right words, type checker of the tests or not."""

import inspect

import jax.numpy as jnp
import pytest

from jaxmath.definitions import residual, rotary
from jaxmath.definitions._relative import keys_minus_queries


def test_alignment():
    message = r'masks: align must be "top-left" \(.*\) or "bottom-right" \(.*\), but it is \'centre\'\.'
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(keys_minus_queries)(2, 2, "centre")


def test_layout():
    message = r'rotary: layout must be "interleaved" \(.*\) or "half-split" \(.*\), but it is \'sideways\'\.'
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(rotary)(jnp.ones((1, 2)), jnp.ones((1, 1)), "sideways")


def test_placement():
    message = r'residual: placement must be "post" \(.*\) or "pre" \(.*\), but it is \'both\'\.'
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(residual)(jnp.ones(1), jnp.sin, jnp.cos, "both")
