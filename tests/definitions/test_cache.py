"""Caches in the three forms: what stands where."""

import jax
import jax.numpy as jnp

from jaxmath.definitions import cache


def numbers(*values):
    return jnp.array(values, float)


def test_pages_fill_in_their_order():
    store = cache.paged_cache(jnp.zeros(()), 6, 2, jnp.array([2, 0]))
    store = cache.append(store, numbers(10, 11, 12))
    assert store.rows.tolist() == [12, 0, 0, 0, 10, 11]
    assert cache.positions(store).tolist() == [2, -1, -1, -1, 0, 1]
    assert cache.visible(store, 2).astype(int).tolist() == [[0, 0, 0, 0, 1, 1], [1, 0, 0, 0, 1, 1]]


def test_the_oldest_give_way():
    store = cache.contiguous_cache((jnp.zeros(2), jnp.zeros(())), 3)
    for t in range(5):
        store = cache.append(store, (jnp.full((1, 2), t, float), numbers(t)))
    assert store.rows[1].tolist() == [3, 4, 2]
    assert store.rows[0][:, 0].tolist() == [3, 4, 2]
    assert cache.positions(store).tolist() == [3, 4, 2]
    assert cache.visible(store, 1, window=2).tolist() == [[True, True, False]]


def test_a_cache_is_a_value_under_jit():
    empty = cache.contiguous_cache(jnp.zeros(()), 4)

    @jax.jit
    def read(store, row):
        store = cache.append(store, row)
        return store, cache.positions(store)

    store, places = read(empty, numbers(7))
    store, places = read(store, numbers(8))
    assert places.tolist() == [0, 1, -1, -1] and store.rows.tolist() == [7, 8, 0, 0]
    assert empty.length == 0 and not empty.rows.any()
