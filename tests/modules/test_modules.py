"""Modules are plain pytrees, say what they do, and can be watched."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxmath
from jaxmath import definitions, models, modules
from jaxmath.invariants import InvariantError, is_finite
from jaxmath.notation import NotationError

CONFIG = {
    "model_type": "gemma2",
    "vocab_size": 11,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "sliding_window": 3,
    "attn_logit_softcapping": 2.0,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
}
IDS = jnp.array([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], jnp.int32)


@pytest.fixture(scope="module")
def model():
    return models.init(CONFIG, jax.random.key(0))


def reference(q, k, v, mask=None, *, causal, window, scale, soft_cap, bias, finite_padding):
    """The definition, one head at a time, in place of the kernel."""
    n = q.shape[-2]
    seen = definitions.masks.window(n, n, left=None if window is None else window[0], right=0)

    def one(q, k, v):
        x = definitions.soft_cap(q @ k.T * scale, soft_cap)
        return definitions.softmax(x, where=seen) @ v

    signature = "(n,d),(m,d),(m,e)->(n,e)"
    return jnp.vectorize(one, signature=signature)(q, *(jnp.broadcast_to(x, q.shape) for x in (k, v)))


def test_the_definition_in_place_of_the_kernel(model):
    graph, state = nnx.split(model)
    swapped = nnx.merge(graph, state)
    for layer in swapped.stack.layers:
        layer.attention.attend = reference
    np.testing.assert_allclose(swapped(IDS).logits, model(IDS).logits, rtol=0, atol=2e-5)


@pytest.mark.slow
def test_plain_transformations(model):
    def loss(model, ids):
        return jnp.mean(jax.nn.logsumexp(model(ids[None]).logits, -1))

    gradients = jax.jit(jax.vmap(jax.grad(loss), (None, 0)))(model, IDS)
    assert isinstance(gradients, models.Transformer)
    assert gradients.embedding.table.shape == (2, 11, 16)
    both = jax.tree.map(lambda x: x.mean(0), gradients)
    whole = jax.grad(lambda m: jnp.mean(jax.vmap(lambda x: loss(m, x))(IDS)))(model)
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6), both, whole)


def test_nothing_is_shared_and_nothing_random_is_kept(model):
    leaves = jax.tree.leaves(model)
    assert len({id(x) for x in leaves}) == len(leaves)
    assert all(jnp.issubdtype(x.dtype, jnp.floating) for x in leaves)


def test_parameters_name_their_axes(model):
    assert model.stack.layers[0].attention.q.weight.get_metadata()["out_sharding"] == ("embed", "heads")


def test_as_a_linen_module():
    linen = nnx.bridge.to_linen(modules.Mlp, modules.MlpConfig(5, "silu", gated=True), 3)
    x = jnp.ones((2, 3))
    variables = linen.init(jax.random.key(0), x)
    assert variables["params"]["up"]["weight"].value.shape == (3, 5)
    assert linen.apply(variables, x).shape == (2, 3)


def test_captures_change_nothing(model):
    names = ("residual.*", "layers.*.attention.weights", "layers.1.attention.heads", "final")
    watched = model(IDS, capture=names)
    np.testing.assert_array_equal(watched.logits, model(IDS).logits)
    weights = watched.captured["layers.0.attention.weights"]
    assert weights.shape == (2, 2, 2, 6, 6)
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-6)
    assert (np.asarray(weights)[..., 5, :3] == 0).all()  # beyond the window of three
    assert set(watched.captured) == {
        *(f"residual.{i}" for i in range(3)),
        *(f"layers.{i}.attention.weights" for i in range(2)),
        "layers.1.attention.heads",
        "final",
    }


@pytest.mark.slow
def test_the_next_token_from_a_cache(model):
    whole = model(IDS).logits
    first = model(IDS[:, :4], cache=model.cache(2, 8))
    second = model(IDS[:, 4:], cache=first.cache)
    joined = jnp.concatenate([first.logits, second.logits], 1)
    np.testing.assert_allclose(joined, whole, rtol=0, atol=2e-5)
    assert second.cache.filled == 6 and second.cache.room == 8


def test_checking_is_silent_where_all_is_well(model):
    with jaxmath.checking():
        jax.jit(lambda m: m(IDS).logits)(model).block_until_ready()


def test_checking_names_what_is_wrong(model):
    broken = jax.tree.map(lambda x: x, model)
    broken.embedding.table = nnx.Param(jnp.full((11, 16), jnp.nan))
    run = jax.jit(lambda m: m(IDS).logits)
    run(broken)  # off: nobody looks
    with pytest.raises(InvariantError, match="the residual stream must have no infinite"), jaxmath.checking():
        run(broken)
    run(broken)


def test_checking_costs_nothing_when_off(model):
    program = str(jax.make_jaxpr(lambda m: m(IDS).logits)(model))
    assert "callback" not in program
    modules.ensure(is_finite, "x", jnp.full(2, jnp.nan))
    with jaxmath.checking():
        assert "callback" in str(jax.make_jaxpr(lambda m: m(IDS).logits)(model))


def test_shapes_are_named():
    layer = modules.Linear(3, 2, rngs=nnx.Rngs(0))
    with pytest.raises(NotationError, match="Linear: shapes do not fit together"):
        layer(jnp.ones((1, 4)))
