"""Gated linear units and feed-forward networks."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

N, D, F = 3, 4, 2

GATES = {
    d.glu: lambda x: 1 / (1 + np.exp(-x)),
    d.bilinear: lambda x: x,
    d.reglu: lambda x: np.where(x > 0, x, 0),
    d.swiglu: lambda x: x / (1 + np.exp(-x)),
}


def size_of(x, w, b=0.0):
    """The sum of the magnitudes of all terms."""
    return np.abs(x) @ np.abs(w) + np.abs(b)


@pytest.mark.parametrize("f", GATES, ids=lambda f: f.__name__)
def test_gates(f, draw, close, elementary):
    (x, wx), (w, ww), (v, wv), (b, wb), (c, wc) = draw(N, D), draw(D, F), draw(D, F), draw(F), draw(F)
    expected = GATES[f](wx @ ww + wb) * (wx @ wv + wc)
    # Two products of matrices (D + 1 each), a gate of slope at most 1.1, a product.
    size = (1 + 1.1 * size_of(wx, ww, wb)) * size_of(wx, wv, wc)
    close(jax.jit(f)(x, w, v, b, c), expected, 2 * (D + 1) + elementary + 3, size=size)
    close(jax.jit(f)(x, w, v), GATES[f](wx @ ww) * (wx @ wv), 2 * (D + 1) + elementary + 3, size=size)


def test_geglu_is_gated_by_gelu(draw):
    x, w, v = draw(N, D)[0], draw(D, F)[0], draw(D, F)[0]
    assert (d.geglu(x, w, v) == d.gelu(x @ w) * (x @ v)).all()


def test_mlp(draw, close):
    (x, wx), (w1, ww1), (b1, wb1), (w2, ww2), (b2, wb2) = draw(N, D), draw(D, F), draw(F), draw(F, D), draw(D)
    hidden = np.maximum(wx @ ww1 + wb1, 0)
    size = size_of(size_of(wx, ww1, wb1), ww2, wb2)
    close(jax.jit(d.mlp)(x, w1, b1, w2, b2), hidden @ ww2 + wb2, D + F + 2, size=size)
    close(jax.jit(d.mlp)(x, w1, None, w2, None), np.maximum(wx @ ww1, 0) @ ww2, D + F + 2, size=size)
    linear = jax.jit(partial(d.mlp, activation=lambda h: h))(x, *d.MLPParams(w1, b1, w2, b2))
    close(linear, (wx @ ww1 + wb1) @ ww2 + wb2, D + F + 2, size=size)


def test_gated_mlp(draw, close, elementary):
    (x, wx), (w, ww), (v, wv), (w2, ww2) = draw(N, D), draw(D, F), draw(D, F), draw(F, D)
    expected = (GATES[d.swiglu](wx @ ww) * (wx @ wv)) @ ww2
    size = (1 + 1.1 * size_of(wx, ww)) * size_of(wx, wv) @ np.abs(ww2)
    close(
        jax.jit(d.gated_mlp)(x, *d.GatedMLPParams(w, v, w2)),
        expected,
        2 * (D + 1) + elementary + 3 + F,
        size=size,
    )
    relu = d.gated_mlp(x, w, v, w2, activation=d.relu)
    assert (relu == d.reglu(x, w, v) @ w2).all() and relu.dtype == jnp.dtype(x.dtype)
