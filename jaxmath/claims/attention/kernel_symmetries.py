"""Attention: what may change which answer of the kernel, and what may not."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.verify.claim import identity, independence

SIZES = dict(n=4, d=2, e=2)
PHUONG = "Phuong & Hutter 2022, arXiv:2207.09238, algorithm 4"
# Two queries, two keys, one head at once: more than one block of each.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


def _hidden(allowed: np.ndarray, out: int, **widths: int) -> list:
    """For each row of the output: what it may not see."""
    return [
        (
            np.repeat(np.eye(len(allowed), dtype=bool)[i][:, None], out, 1),
            {x: np.repeat(~seen[:, None], width, 1) for x, width in widths.items()},
        )
        for i, seen in enumerate(allowed)
        if not seen.all()
    ]


@independence(source=PHUONG, at=SIZES)
def the_causal_kernel_does_not_see_the_future(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]
):
    r"""Answer $i$ does not change with any key or value $j > i$."""
    return attention(q, k, v, causal=True), _hidden(np.tri(4, dtype=bool), 2, k=2, v=2)


@the_causal_kernel_does_not_see_the_future.mutant
def the_causal_kernel_does_not_see_the_present(q, k, v):
    return attention(q, k, v, causal=True), _hidden(np.tri(4, k=-1, dtype=bool), 2, k=2, v=2)


@the_causal_kernel_does_not_see_the_future.mutant
def the_kernel_with_a_window_to_the_left_does_not_see_the_future(q, k, v):
    return attention(q, k, v, window=(1, None)), _hidden(np.tri(4, dtype=bool), 2, k=2, v=2)


@independence(source=PHUONG, at=SIZES)
def the_gradient_of_a_value_does_not_see_the_past(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"], do: Float[Array, "n e"]
):
    r"""Under a causal mask $\bar v_j$ does not change with any query or cotangent $i < j$."""
    dv = jax.vjp(lambda v: attention(q, k, v, causal=True), v)[1](do)[0]
    return dv, _hidden(np.tri(4, dtype=bool).T, 2, q=2, do=2)


@the_gradient_of_a_value_does_not_see_the_past.mutant
def the_gradient_of_a_value_does_not_see_the_future(q, k, v, do):
    dv = jax.vjp(lambda v: attention(q, k, v, causal=True), v)[1](do)[0]
    return dv, _hidden(np.tri(4, dtype=bool), 2, q=2, do=2)


@independence(source="definition of padding", at=SIZES)
def the_kernel_does_not_see_padding(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]):
    r"""With three keys, no answer and no cotangent of a query changes with the fourth."""

    def function(q):
        return attention(q, k, v, key_lengths=jnp.asarray(3))

    out, pullback = jax.vjp(function, q)
    both = jnp.concatenate([out, pullback(out)[0]], 1)
    return both, [(np.ones((4, 4), bool), {x: np.repeat(np.arange(4)[:, None] == 3, 2, 1) for x in "kv"})]


@the_kernel_does_not_see_padding.mutant
def the_kernel_does_not_see_its_last_key(q, k, v):
    out = attention(q, k, v, key_lengths=jnp.asarray(3))
    return out, [(np.ones((4, 2), bool), {x: np.repeat(np.arange(4)[:, None] >= 2, 2, 1) for x in "kv"})]


@identity(
    source="Vaswani et al. 2017, arXiv:1706.03762, eq. (1)",
    at=dict(n=2, m=5, d=2, e=2),
    given=dict(order=np.array([3, 0, 4, 2, 1])),
)
def the_kernel_is_free_of_the_order_of_keys(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], bias: Float[Array, "n m"],
    order: Int[Array, " m"],
):  # fmt: skip
    r"""Keys, values, bias and mask in another order give the same means and log-sum-exps."""
    seen = jnp.asarray([[True, True, False, True, True], [False, True, True, False, True]])
    turned = attention(q, k[order], v[order], seen[:, order], bias[:, order], return_lse=True)
    return turned, attention(q, k, v, seen, bias, return_lse=True)


@the_kernel_is_free_of_the_order_of_keys.mutant
def the_kernel_needs_no_mask_in_the_order_of_keys(q, k, v, bias, order):
    seen = jnp.asarray([[True, True, False, True, True], [False, True, True, False, True]])
    turned = attention(q, k[order], v[order], seen, bias[:, order], return_lse=True)
    return turned, attention(q, k, v, seen, bias, return_lse=True)


AINSLIE = "Ainslie et al. 2023, arXiv:2305.13245, section 2.2"


@identity(source=AINSLIE, at=dict(h=4, g=2, n=2, m=3, d=1, e=2))
def heads_that_share_keys_are_a_leading_axis(
    q: Float[Array, "h n d"], k: Float[Array, "g m d"], v: Float[Array, "g m e"]
):
    r"""Heads 0 and 1 read the first keys, 2 and 3 the second; the other layout puts heads last."""
    grouped = kernels.attention(q.reshape(2, 2, 2, 1), k[:, None], v[:, None], causal=True)
    last = (jnp.moveaxis(x, 0, 1)[None] for x in (q, k, v))
    flat = jnp.moveaxis(kernels.dot_product_attention(*last, is_causal=True)[0], 1, 0)
    textbook = jax.vmap(lambda q, k, v: definitions.attention(q, k, v, masks.causal(2, 3)))
    expected = textbook(q, jnp.repeat(k, 2, 0), jnp.repeat(v, 2, 0))
    return (grouped.reshape(4, 2, 2), flat), (expected, expected)


@heads_that_share_keys_are_a_leading_axis.mutant
def heads_share_keys_in_turns(q, k, v):
    grouped = kernels.attention(q.reshape(2, 2, 2, 1), k[:, None], v[:, None], causal=True)
    textbook = jax.vmap(lambda q, k, v: definitions.attention(q, k, v, masks.causal(2, 3)))
    return grouped.reshape(4, 2, 2), textbook(q, jnp.tile(k, (2, 1, 1)), jnp.tile(v, (2, 1, 1)))


@identity(source=AINSLIE, at=dict(h=2, n=2, m=3, d=1, e=2))
def shared_keys_have_the_sum_of_cotangents(
    q: Float[Array, "h n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], do: Float[Array, "h n e"]
):
    r"""What two heads send back to the keys that they share is added."""
    shared = jax.vjp(lambda k, v: attention(q, k[None], v[None]), k, v)[1](do)
    each = jax.vmap(lambda q, do: jax.vjp(lambda k, v: definitions.attention(q, k, v), k, v)[1](do))(q, do)
    return shared, jax.tree.map(lambda x: x.sum(0), each)


@shared_keys_have_the_sum_of_cotangents.mutant
def shared_keys_have_the_mean_of_cotangents(q, k, v, do):
    shared = jax.vjp(lambda k, v: attention(q, k[None], v[None]), k, v)[1](do)
    each = jax.vmap(lambda q, do: jax.vjp(lambda k, v: definitions.attention(q, k, v), k, v)[1](do))(q, do)
    return shared, jax.tree.map(lambda x: x.mean(0), each)
