import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions
from jaxmath.definitions import MultiHeadParams, masks

attention, grouped_query_attention = map(
    jax.jit, (definitions.attention, definitions.grouped_query_attention)
)
multi_head_attention = jax.jit(definitions.multi_head_attention, static_argnames="attend")


@pytest.fixture
def close_to(widen, close):
    """Two ways of the same roundings: a hundred at the most, of numbers of size at most `size`."""
    return lambda a, b, size: close(a, widen(b), 100, size=size)


@pytest.mark.parametrize("g", [1, 2, 4])
def test_groups(g, draw, close_to):
    h, n, m = 4, 3, 4
    q, k, v, bias, sink = draw(h, n, 2)[0], draw(g, m, 2)[0], draw(g, m, 2)[0], draw(h, n, m)[0], draw(h)[0]
    mask = masks.causal(n, m, "bottom-right")
    got = grouped_query_attention(q, k, v, mask, bias, scale=0.5, soft_cap=2.0, sink=sink)
    for i in range(h):
        j = i * g // h
        one = attention(q[i], k[j], v[j], mask, bias[i], scale=0.5, soft_cap=2.0, sink=sink[i])
        close_to(got[i], one, 4)


def test_heads_must_come_in_groups():
    q, k = jnp.ones((3, 1, 2)), jnp.ones((2, 1, 2))
    with pytest.raises(
        ValueError, match=r"multiple of the heads of k, but q has h=3 and k has g=2. Repeat or"
    ):
        grouped_query_attention(q, k, k)


def params(draw, h, g, d, bias):
    p = MultiHeadParams(draw(h, d, 2)[0], draw(g, d, 2)[0], draw(g, d, 3)[0], draw(h, 3, d)[0])
    if not bias:
        return p
    return p._replace(bq=draw(h, 2)[0], bk=draw(g, 2)[0], bv=draw(g, 3)[0], bo=draw(d)[0])


@pytest.mark.parametrize("bias", [False, True])
def test_heads_are_joined_as_in_the_source(bias, x64):
    """Concatenate the heads, then one matrix."""
    rng = np.random.default_rng(0)

    def draw(*shape):
        return jnp.asarray(rng.standard_normal(shape)), None

    p, x, z = params(draw, 4, 2, 5, bias), draw(3, 5)[0], draw(4, 5)[0]
    p = jax.tree.map(lambda a: np.asarray(a), p)
    heads = []
    for i in range(4):
        q, k, v = np.asarray(x) @ p.wq[i], np.asarray(z) @ p.wk[i // 2], np.asarray(z) @ p.wv[i // 2]
        if bias:
            q, k, v = q + p.bq[i], k + p.bk[i // 2], v + p.bv[i // 2]
        w = np.exp(q @ k.T / np.sqrt(2))
        heads.append(w / w.sum(1, keepdims=True) @ v)
    expected = np.concatenate(heads, 1) @ p.wo.reshape(-1, 5) + (p.bo if bias else 0)
    got = multi_head_attention(x, z, jax.tree.map(jnp.asarray, p))
    # Scores up to 50, so the weights carry about 50 * 20 roundings; then sums of 4 * 3 products below 50.
    np.testing.assert_allclose(got, expected, rtol=0, atol=1000 * 2.0**-53 * 12 * 50)


def test_dtype_is_kept(draw, dtype):
    x = draw(3, 4)[0]
    assert multi_head_attention(x, x, params(draw, 2, 1, 4, True), masks.causal(3)).dtype == dtype


def test_attention_is_injected(draw):
    x = draw(3, 4)[0]

    def attend(q, k, v, mask, bias):
        return jnp.zeros((2, 3, 3), q.dtype)

    assert not multi_head_attention(x, x, params(draw, 2, 1, 4, False), attend=attend).any()
