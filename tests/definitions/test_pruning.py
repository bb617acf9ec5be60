import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d


def test_keep_largest(draw):
    x, wide = draw(9)
    kept = jax.jit(d.keep_largest, static_argnums=1)(x, 4)
    assert set(np.flatnonzero(kept)) == set(np.argsort(-wide)[:4])
    assert d.keep_largest(jnp.ones(3), 2).tolist() == [True, True, False]


def test_keep_n_of_m(draw):
    x, wide = draw(12)
    kept = np.asarray(jax.jit(d.keep_n_of_m, static_argnums=(1, 2))(x, 2, 4)).reshape(3, 4)
    for row, values in zip(kept, wide.reshape(3, 4), strict=True):
        assert set(np.flatnonzero(row)) == set(np.argsort(-values)[:2])


def test_pieces_that_do_not_fit():
    with pytest.raises(ValueError, match=r"keep_n_of_m: the number of scores .* of=4, but it is 6"):
        inspect.unwrap(d.keep_n_of_m)(jnp.ones(6), 2, 4)


def test_wanda(draw, close):
    (w, ww), (x, xw) = draw(4, 3), draw(6, 4)
    expected = np.abs(ww) * np.sqrt((xw**2).sum(0))[:, None]
    close(jax.jit(d.wanda_scores)(w, x), expected, 6 + 4, size=expected)
