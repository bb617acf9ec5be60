"""Caches: reading token by token is reading at once."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import absorbed_latent_attention, attention, cache, latent_attention
from jaxmath.verify.claim import identity

CAUSAL = np.tril(np.ones((4, 4), bool))
SIZES = dict(n=4, d=1, e=1)


def _stepwise(store, q, k, v, window=None, hidden=0):
    """Answers to queries that come one after another, each with its key and value."""
    answers = []
    for t in range(q.shape[0]):
        store = cache.append(store, (k[t : t + 1], v[t : t + 1]))
        mask = cache.visible(store, 1, window)
        answers.append(attention(q[t : t + 1], *store.rows, jnp.roll(mask, hidden, axis=1)))
    return jnp.concatenate(answers)


@identity(source="Pope et al. 2022, arXiv:2211.05102", at=SIZES)
def token_by_token_is_causal_attention(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""With room for six, four positions are appended one by one and answered by what stands there."""
    return _stepwise(cache.contiguous_cache((k[0], v[0]), 6), q, k, v), attention(q, k, v, jnp.array(CAUSAL))


@token_by_token_is_causal_attention.mutant
def places_without_a_token_may_be_seen(q, k, v):
    store = cache.append(cache.contiguous_cache((k[0], v[0]), 6), (k, v))
    return attention(q, *store.rows), attention(q, k, v, jnp.array(CAUSAL))


@identity(source="Jiang et al. 2023, arXiv:2310.06825, section 2", at=SIZES)
def a_window_needs_no_more_room_than_its_size(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""A rolling cache of three places answers like attention to the last three positions."""
    window = jnp.array(CAUSAL & ~np.tril(np.ones((4, 4), bool), -3))
    return _stepwise(cache.contiguous_cache((k[0], v[0]), 3), q, k, v, 3), attention(q, k, v, window)


@a_window_needs_no_more_room_than_its_size.mutant
def a_window_needs_one_place_fewer(q, k, v):
    window = jnp.array(CAUSAL & ~np.tril(np.ones((4, 4), bool), -3))
    return _stepwise(cache.contiguous_cache((k[0], v[0]), 2), q, k, v, 3), attention(q, k, v, window)


@identity(
    source="Kwon et al. 2023, arXiv:2309.06180, section 4", at=SIZES, given=dict(pages=np.array([2, 0]))
)
def pages_may_lie_anywhere(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"], pages: Int[Array, " 2"]
):
    r"""Pages 2 and 0 of a pool of three, two places each, hold the four positions."""
    return _stepwise(cache.paged_cache((k[0], v[0]), 6, 2, pages), q, k, v), attention(
        q, k, v, jnp.array(CAUSAL)
    )


@pages_may_lie_anywhere.mutant
def pages_lie_side_by_side(q, k, v, pages):
    answers = _stepwise(cache.paged_cache((k[0], v[0]), 6, 2, pages), q, k, v, hidden=-2)
    return answers, attention(q, k, v, jnp.array(CAUSAL))


@identity(source="DeepSeek-AI 2024, arXiv:2405.04434, section 2.1.2", at=dict(n=2, d=1, r=1, c=1, e=1))
def latent_vectors_are_all_that_is_cached(
    q: Float[Array, "n d"], q_turned: Float[Array, "n r"], latent: Float[Array, "n c"],
    k_turned: Float[Array, "n r"], w_k: Float[Array, "c d"], w_v: Float[Array, "c e"],
):  # fmt: skip
    r"""Absorbed attention over a cache of latent vectors and turned keys is naive attention over the text."""
    store, answers = cache.contiguous_cache((latent[0], k_turned[0]), 3), []
    for t in range(2):
        now = slice(t, t + 1)
        store = cache.append(store, (latent[now], k_turned[now]))
        mask = cache.visible(store, 1)
        answers.append(absorbed_latent_attention(q[now], q_turned[now], *store.rows, w_k, w_v, mask))
    whole = latent_attention(q, q_turned, latent, k_turned, w_k, w_v, jnp.array(CAUSAL[:2, :2]))
    return jnp.concatenate(answers), whole


@latent_vectors_are_all_that_is_cached.mutant
def latent_vectors_without_turned_keys_are_all_that_is_cached(q, q_turned, latent, k_turned, w_k, w_v):
    store = cache.append(cache.contiguous_cache((latent[0], k_turned[0]), 3), (latent, 0 * k_turned))
    found = absorbed_latent_attention(q, q_turned, *store.rows, w_k, w_v, cache.visible(store, 2))
    return found, latent_attention(q, q_turned, latent, k_turned, w_k, w_v, jnp.array(CAUSAL[:2, :2]))
