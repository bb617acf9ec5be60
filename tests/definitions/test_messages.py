"""A wrong word is answered by name and with the right words, type checker of the tests or not."""

import inspect

import jax.numpy as jnp
import pytest

from jaxmath.definitions import attention, residual, rotary
from jaxmath.definitions._relative import keys_minus_queries
from jaxmath.notation import NotationError


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


def test_shapes():
    q, k, v = jnp.ones((6, 64)), jnp.ones((9, 32)), jnp.ones((9, 64))
    message = r"(?s)attention: shapes do not fit.*q +\(n=6, d=64\).*k +\(m=9, d=32\) +<- d is 64 in q"
    with pytest.raises(NotationError, match=message):
        attention(q, k, v)
    message = r"(?s)rotary: shapes do not fit.*angles +\(n=6, d//2=33\) +<- d//2 is 32"
    with pytest.raises(NotationError, match=message):
        rotary(q, jnp.ones((6, 33)))
