"""What attention says to arguments that do not go together, and about its choice."""

import inspect

import jax
import jax.numpy as jnp
import pytest

from jaxmath.kernels.attention import AttentionError, choice
from jaxmath.kernels.attention import attention as checked_attention
from jaxmath.kernels.attention import dot_product_attention as checked_dot_product_attention
from jaxmath.notation import NotationError

# The messages are the functions' own; annotations, executed in tests, would speak first.
attention = inspect.unwrap(checked_attention)
dot_product_attention = inspect.unwrap(checked_dot_product_attention)

Q, K = jnp.ones((2, 3, 4)), jnp.ones((2, 5, 4))


def says(text, *args, error=AttentionError, **given):
    with pytest.raises(error, match=text):
        attention(*args, **given)


def does_not_fit(text, *args, **given):
    says(text, *args, error=NotationError, **given)


def test_shapes_are_named():
    does_not_fit(r"v     \(2, m=6, e=4\)   <- m is 5 in k", Q, K, jnp.ones((2, 6, 4)))
    does_not_fit(r"k     \(2, m=5, d=7\)   <- d is 4 in q", Q, jnp.ones((2, 5, 7)), K)
    does_not_fit(r"q     \(4\)             <- must be \(\.\.\., n, d\)", jnp.ones(4), K, K)
    does_not_fit(r"bias  \(n=3, m=4\)      <- m is 5 in k", Q, K, K, bias=jnp.ones((3, 4)))
    does_not_fit(r"mask  \(n=2, m=5\)      <- n is 3 in q", Q, K, K, jnp.ones((2, 5), bool))


def test_leading_axes_are_named():
    says(
        r"do not broadcast\.\n  q  \(2,\)\n  k  \(2,\)\n  v  \(3,\)\n.*must be one", Q, K, jnp.ones((3, 5, 4))
    )


def test_dtypes_are_named():
    says(r"k has bfloat16\. Pass k\.astype\(float32\)", Q, K.astype(jnp.bfloat16), K)
    does_not_fit(r"q .*<- must be floating: pass q\.astype\(jnp\.float32\)", jnp.ones((2, 3, 4), int), K, K)
    does_not_fit(r"mask .*<- must be boolean: pass a comparison", Q, K, K, jnp.ones((3, 5)))
    does_not_fit(r"<- must be integer: pass key_lengths\.astype", Q, K, K, key_lengths=jnp.ones(2))
    does_not_fit(r"sink .*<- must be floating", Q, K, K, sink=jnp.ones(2, int))


def test_options_are_named():
    says(r"align must be 'top-left' .* got 'left'\. For another place pass offset", Q, K, K, align="left")
    says(r"window must be a pair \(left, right\).* got 3\.", Q, K, K, window=3)
    says(r"window must be a pair .* got \(-1, 0\)", Q, K, K, window=(-1, 0))
    says(r"prefix makes its keys visible .* pass causal=True", Q, K, K, prefix=2)
    says(r"dropout must be a number in \[0, 1\); got 1\.0", Q, K, K, dropout=1.0)
    says(r"dropout needs dropout_key, a key of jax\.random; got None", Q, K, K, dropout=0.5)
    says(r"soft_cap must be a Python number above 0, or None for no cap; got 0", Q, K, K, soft_cap=0)


def test_an_unknown_implementation_is_named():
    says(
        r"must be one of 'cudnn', 'triton', 'splash', 'blockwise'.* got 'flash'",
        Q,
        K,
        K,
        implementation="flash",
    )


def test_an_implementation_that_will_not_do_says_why():
    text = r"no implementation that was asked for .*\n  cudnn: it runs on gpu, and this is cpu\.\n  Leave"
    says(text, Q, K, K, implementation="cudnn")
    says(r"triton: it has no soft_cap", Q, K, K, implementation="triton", soft_cap=2.0, interpret=True)
    blocks = {"block": (2, 2, 1), "interpret": True}
    says(r"triton: it chooses its own blocks", Q, K, K, implementation="triton", **blocks)


def test_heads_last_are_named():
    with pytest.raises(AttentionError, match=r"must have axes \(\.\.\., positions, heads, width\)"):
        dot_product_attention(Q[0], K, K)
    with pytest.raises(AttentionError, match=r"got 3 of query, 5 of key, 5 of value.*use jaxmath\.attention"):
        dot_product_attention(Q, K, K)
    x = jnp.ones((1, 3, 4, 8))
    with pytest.raises(
        AttentionError, match=r"mask must broadcast to \(\.\.\., h=4, n, m\); got \(1, 3, 3, 3\)"
    ):
        dot_product_attention(x, x, x, mask=jnp.ones((1, 3, 3, 3), bool))


def test_a_choice_tells_what_was_chosen_and_why():
    kind = jax.ShapeDtypeStruct((2, 3, 64), jnp.float32)
    assert str(choice(kind, kind, kind)) == "attention is computed by `blockwise`."
    told = choice(kind, kind, kind, causal=True, implementation=("cudnn", "blockwise"))
    assert told.name == "blockwise"
    assert told.objections == {"cudnn": "it runs on gpu, and this is cpu"}
    assert str(told).endswith("\n  not by cudnn: it runs on gpu, and this is cpu.")
