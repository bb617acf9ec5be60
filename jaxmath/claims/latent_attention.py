"""Multi-head latent attention: naive and absorbed."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import absorbed_latent_attention, attention, latent_attention
from jaxmath.verify.claim import identity

DEEPSEEK = "DeepSeek-AI 2024, arXiv:2405.04434, section 2.1.2"
SIZES = dict(
    at=dict(n=2, m=3, d=2, r=2, c=1, e=2),
    given=dict(mask=np.array([[True, True, False], [True, True, True]])),
)


@identity(source=DEEPSEEK, **SIZES)
def matrices_of_keys_and_values_are_absorbed(
    q: Float[Array, "n d"], q_turned: Float[Array, "n r"], latent: Float[Array, "m c"],
    k_turned: Float[Array, "m r"], w_k: Float[Array, "c d"], w_v: Float[Array, "c e"],
    mask: Bool[Array, "n m"],
):  # fmt: skip
    r"""$q (z W_K)^\top = (q W_K^\top) z^\top$, $p\,(z W_V) = (p z)\, W_V$: no keys or values are made."""
    arguments = (q, q_turned, latent, k_turned, w_k, w_v, mask)
    return absorbed_latent_attention(*arguments), latent_attention(*arguments)


@matrices_of_keys_and_values_are_absorbed.mutant
def absorbed_scores_are_divided_by_their_own_width(q, q_turned, latent, k_turned, w_k, w_v, mask):
    scale = 1 / jnp.sqrt(jnp.asarray(3.0))
    arguments = (q, q_turned, latent, k_turned, w_k, w_v, mask)
    return absorbed_latent_attention(*arguments, scale=scale), latent_attention(*arguments)


@matrices_of_keys_and_values_are_absorbed.mutant
def turned_latent_vectors_are_absorbed(q, q_turned, latent, k_turned, w_k, w_v, mask):
    turned = jnp.concatenate([-k_turned[:, 1:], k_turned[:, :1]], axis=1)
    arguments = (q, q_turned, latent, turned, w_k, w_v, mask)
    return absorbed_latent_attention(*arguments), latent_attention(
        q, q_turned, latent, k_turned, w_k, w_v, mask
    )


@identity(source=DEEPSEEK, at=dict(n=1, m=2, d=1, r=1, c=1, e=1))
def absorption_does_not_change_what_matrices_learn(
    q: Float[Array, "n d"], q_turned: Float[Array, "n r"], latent: Float[Array, "m c"],
    k_turned: Float[Array, "m r"], w_k: Float[Array, "c d"], w_v: Float[Array, "c e"],
    da: Float[Array, "n e"],
):  # fmt: skip
    r"""Both pull a cotangent of the answers back to the same six."""

    def pullback(f):
        return jax.vjp(f, q, q_turned, latent, k_turned, w_k, w_v)[1](da)

    return pullback(absorbed_latent_attention), pullback(latent_attention)


@absorption_does_not_change_what_matrices_learn.mutant
def latent_vectors_learn_from_values_only(q, q_turned, latent, k_turned, w_k, w_v, da):
    def pullback(f):
        return jax.vjp(f, q, q_turned, latent, k_turned, w_k, w_v)[1](da)

    def values_only(q, q_turned, latent, k_turned, w_k, w_v):
        queries = jnp.concatenate([q @ w_k.T, q_turned], axis=1)
        keys = jnp.concatenate([jax.lax.stop_gradient(latent), k_turned], axis=1)
        return attention(queries, keys, latent, scale=1 / jnp.sqrt(jnp.asarray(2.0))) @ w_v

    return pullback(values_only), pullback(latent_attention)
