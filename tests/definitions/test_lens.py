"""Attribution and lenses against norms and read-outs, in three precisions."""

import inspect
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.definitions import layer_norm, rms_norm
from jaxmath.definitions.lens import logit_lens, tuned_lens
from jaxmath.definitions.logit_attribution import frozen_norm, logit_attribution


@pytest.mark.parametrize("kind", ["layer", "rms"])
def test_attributions_are_those_of_the_whole(kind, draw, close):
    parts, wide_parts = draw(5, 8)
    table, wide_table = draw(3, 8)
    weight, wide_weight = draw(8)
    found = jax.jit(partial(logit_attribution, kind=kind))(parts, table, weight, 0.5)
    c = wide_parts - wide_parts.mean(1, keepdims=True) if kind == "layer" else wide_parts
    s = np.sqrt((c.sum(0) ** 2).mean() + np.longdouble(0.5))
    size = (np.abs(wide_parts) + np.abs(wide_parts).mean(1, keepdims=True)) * np.abs(wide_weight) / s
    # Means of 8, sums of 5, a mean square of 8, a root, products and sums of 8.
    close(found, (c * wide_weight / s) @ wide_table.T, 60, size @ np.abs(wide_table).T)


@pytest.mark.parametrize("kind", ["layer", "rms"])
def test_a_single_part_is_the_norm_itself(kind):
    x = jnp.array([[1.0, 2.0, 4.0]])
    norm = {"layer": layer_norm, "rms": rms_norm}[kind]
    np.testing.assert_allclose(frozen_norm(x, eps=1e-3, kind=kind), norm(x, eps=1e-3), rtol=20 * 2.0**-24)


def test_another_norm_is_refused():
    with pytest.raises(ValueError, match='frozen_norm: kind must be "layer" or "rms", but it is \'batch\''):
        inspect.unwrap(frozen_norm)(jnp.ones((1, 2)), kind="batch")


def test_lenses_read_out_after_a_norm(draw, close):
    x, wide_x = draw(2, 3, 4)
    table, wide_table = draw(5, 4)
    close(logit_lens(x, table, lambda y: y), wide_x @ wide_table.T, 8, np.abs(wide_x) @ np.abs(wide_table).T)


def test_a_tuned_lens_moves_first(draw, close):
    x, wide_x = draw(2, 3, 4)
    table, wide_table = draw(5, 4)
    a, wide_a = draw(4, 4)
    b, wide_b = draw(4)
    found = jax.vmap(lambda x: tuned_lens(x, a, b, table, lambda y: y))(x)
    size = (np.abs(wide_x) @ np.abs(wide_a) + np.abs(wide_b)) @ np.abs(wide_table).T
    close(found, (wide_x @ wide_a + wide_b) @ wide_table.T, 20, size)
