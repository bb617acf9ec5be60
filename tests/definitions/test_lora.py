import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions as d

N, D, F, RANK = 3, 4, 2, 2
lora, merge_lora, dora_weights = map(jax.jit, (d.lora, d.merge_lora, d.dora_weights))


def test_lora(draw, close):
    (x, xw), (w, ww), (a, aw), (b, bw) = draw(N, D), draw(D, F), draw(D, RANK), draw(RANK, F)
    size = np.abs(xw) @ np.abs(ww) + 0.5 * np.abs(xw) @ np.abs(aw) @ np.abs(bw)
    close(lora(x, w, a, b, 0.5), xw @ ww + 0.5 * (xw @ aw) @ bw, 2 * D + 2 * RANK + 2, size=size)


def test_merge(draw, close):
    (w, ww), (a, aw), (b, bw) = draw(D, F), draw(D, RANK), draw(RANK, F)
    size = np.abs(ww) + 0.5 * np.abs(aw) @ np.abs(bw)
    close(merge_lora(w, a, b, 0.5), ww + 0.5 * aw @ bw, 2 * RANK + 2, size=size)


def test_dora(draw, close):
    (w, ww), (m, mw) = draw(D, F), draw(F)
    zeros = jnp.zeros((D, 1), w.dtype), jnp.zeros((1, F), w.dtype)
    expected = mw * ww / np.sqrt((ww**2).sum(0))
    close(dora_weights(w, *zeros, 1.0, m), expected, 2 * D + 6, size=np.abs(expected))


def test_scales():
    assert d.lora_scale(16, 8) == 2 and d.rslora_scale(16.0, 16) == 4
