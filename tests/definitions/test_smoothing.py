import jax
import numpy as np
import pytest

from jaxmath import definitions as d


@pytest.mark.parametrize("strength", [0.0, 0.25, 1.0])
def test_scales(strength, draw, close, elementary):
    (x, xw), (w, ww) = draw(5, 3), draw(3, 4)
    expected = np.abs(xw).max(0) ** strength / np.abs(ww).max(1) ** (1 - strength)
    close(jax.jit(d.smoothing_scales)(x, w, strength), expected, 2 * elementary + 2, size=expected)


def test_smooth(draw, close):
    (x, xw), (w, ww), (s, sw) = draw(5, 3), draw(3, 4), draw(3)
    left, right = jax.jit(d.smooth)(x, w, s)
    # XLA divides by a row as by a reciprocal.
    close(left, xw / sw, 2, size=np.abs(xw / sw))
    close(right, sw[:, None] * ww, 1, size=np.abs(sw[:, None] * ww))
