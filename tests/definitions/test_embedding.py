import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions

embed, embed_one_hot, unembed = map(
    jax.jit, (definitions.embed, definitions.embed_one_hot, definitions.unembed)
)

IDS = np.array([2, 0, 2, 1])


def test_lookup(draw):
    table, wide = draw(3, 2)
    for f in (embed, embed_one_hot):
        np.testing.assert_array_equal(np.asarray(f(jnp.array(IDS), table), float), wide[IDS].astype(float))


def test_outside_the_vocabulary(draw):
    table = draw(3, 2)[0]
    for ids in (jnp.array([-1, 3, -100, 10**6]), jnp.array([-(2**31), 2**31 - 1])):
        assert not embed(ids, table).any() and not embed_one_hot(ids, table).any()
        assert not jax.jit(jax.grad(lambda t, ids=ids: embed(ids, t).sum()))(table).any()


def test_repeated_tokens_add_up_in_the_gradient(dtype):
    table, weight = jnp.zeros((3, 2), dtype), jnp.arange(8.0).reshape(4, 2).astype(dtype)
    for f in (embed, embed_one_hot):
        gradient = jax.jit(jax.grad(lambda t, f=f: (f(jnp.array(IDS), t) * weight).sum()))(table)
        assert gradient.tolist() == [[2, 3], [6, 7], [4, 6]]


def test_unembed(draw, close):
    (x, wx), (table, wt) = draw(4, 2), draw(3, 2)
    expected = [[sum(a * b for a, b in zip(row, t, strict=True)) for t in wt] for row in wx]
    close(unembed(x, table), expected, 3, size=np.abs(wx) @ np.abs(wt).T)
