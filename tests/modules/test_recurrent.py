"""Modules with a state of fixed size: the textbook, in pieces, among padding, as pytrees."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxmath
from jaxmath import definitions, modules
from jaxmath.definitions import masks
from jaxmath.invariants import InvariantError
from jaxmath.notation import NotationError

CONFIG = modules.RecurrentConfig(heads=2, d=3, e=4, chunk=4, norm=modules.NormConfig("rms"), bias=True)
KINDS = [modules.LinearAttention, modules.Retention, modules.DeltaRule]
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
N, D = 7, 5


def made(kind, dtype=jnp.float64, config=CONFIG):
    module = kind(config, D, rngs=nnx.Rngs(0), dtype=dtype, std=0.5)
    return jax.tree.map(lambda x: x + jnp.asarray(0.1, x.dtype), module)  # no bias is zero, no weight one


def inputs(dtype=jnp.float64, rows=2):
    return jnp.asarray(np.random.default_rng(0).standard_normal((rows, N, D)), dtype)


@jax.jit
def run(module, x, state=None, here=None):
    return module(x, state, here)


def unit(x):
    return x / jnp.sqrt((x**2).sum(-1, keepdims=True) + 1e-6)


def textbook(module, x):
    """One sequence, head by head, by the definitions."""
    heads = []
    for h in range(2):
        q, k, v = (y(x)[:, h * w : (h + 1) * w] for y, w in ((module.q, 3), (module.k, 3), (module.v, 4)))
        if isinstance(module, modules.LinearAttention):
            q, k = definitions.elu_features(q), definitions.elu_features(k)
            answer = definitions.linear_attention(q, k, v, masks.causal(N))
        elif isinstance(module, modules.Retention):
            fade = jnp.full(N, definitions.retention_log_decays(2)[h])
            answer = definitions.retention(q / np.sqrt(3), k, v, fade)
        else:
            beta = jax.nn.sigmoid(module.rate(x))[:, h]
            answer = definitions.delta_rule(unit(q), unit(k), v, beta)
        heads.append(definitions.rms_norm(answer, module.norm.weight[...][h], eps=1e-6))
    return jnp.concatenate(heads, 1) @ module.out.weight[...]


@each
def test_the_textbook(kind, x64):
    module, x = made(kind), inputs()
    y, state = run(module, x)
    want = jax.jit(lambda m, x: jnp.stack([textbook(m, row) for row in x]))(module, x)
    np.testing.assert_allclose(y, want, rtol=0, atol=1e-13 * np.abs(want).max())
    shapes = {leaf.shape for leaf in jax.tree.leaves(state)}
    assert shapes <= {(2, 2, 3, 4), (2, 2, 3)} and (2, 2, 3, 4) in shapes


@each
def test_pieces_are_the_whole(kind, x64):
    module, x = made(kind), inputs()
    whole, last = run(module, x)

    @functools.partial(jax.jit, static_argnames="ends")
    def read(module, ends):
        state, found = module.state(2, jnp.float64), []
        for i, j in zip((0, *ends), (*ends, N), strict=True):
            y, state = module(x[:, i:j], state)
            found.append(y)
        return jnp.concatenate(found, 1), state

    for ends in ((3,), tuple(range(1, N))):
        got, state = read(module, ends)
        for a, b in zip(jax.tree.leaves((got, state)), jax.tree.leaves((whole, last)), strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-13 * np.abs(b).max())


@each
def test_one_position_at_a_time_in_a_scan(kind, x64):
    module, x = made(kind), inputs()

    def step(state, row):
        y, state = module(row[:, None], state)
        return state, y[:, 0]

    _, got = jax.lax.scan(step, module.state(2, jnp.float64), x.swapaxes(0, 1))
    np.testing.assert_allclose(got.swapaxes(0, 1), run(module, x)[0], rtol=0, atol=1e-12)


@each
@pytest.mark.parametrize(
    "places", [[0, 1, 5], *(pytest.param(x, marks=pytest.mark.slow) for x in ([2, 4], [5, 6]))]
)
def test_what_is_not_there_leaves_the_state_as_it_is(kind, places, x64):
    """Of a row with padding, answers, state and gradients are those of the row without it."""
    module, x = made(kind), inputs()
    here = jnp.ones((2, N), bool).at[0, np.array(places)].set(False)
    kept = np.setdiff1d(np.arange(N), places)
    y, state = run(module, x, here=here)
    alone, ended = run(module, x[:1, kept])
    np.testing.assert_allclose(y[:1, kept], alone, rtol=0, atol=1e-12)
    np.testing.assert_allclose(y[1:], run(module, x[1:])[0], rtol=0, atol=1e-12)
    for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(ended), strict=True):
        np.testing.assert_allclose(a[:1], b, rtol=0, atol=1e-12)
    got = jax.jit(jax.grad(lambda m: jnp.sin(m(x[:1], here=here[:1])[0][:, kept]).sum()))(module)
    want = jax.jit(jax.grad(lambda m: jnp.sin(m(x[:1, kept])[0]).sum()))(module)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


@each
def test_a_row_without_tokens(kind, x64):
    module, x = made(kind), inputs()
    here = jnp.stack([jnp.zeros(N, bool), jnp.ones(N, bool)])
    before = run(module, x[:, ::-1])[1]
    for state in (module.state(2, jnp.float64), before):
        y, after = run(module, x, state, here)
        assert np.isfinite(y).all()
        for a, b in zip(jax.tree.leaves(after), jax.tree.leaves(state), strict=True):
            np.testing.assert_array_equal(a[0], b[0])


@pytest.mark.slow
@each
def test_plain_transformations(kind, x64):
    module, x = made(kind), inputs(rows=3)

    def loss(module, row):
        return jnp.sin(module(row[None])[0]).sum()

    gradients = jax.jit(jax.vmap(jax.grad(loss), (None, 0)))(module, x)
    assert isinstance(gradients, kind) and gradients.q.weight.shape == (3, D, 6)
    whole = jax.jit(jax.grad(lambda m: jax.vmap(lambda row: loss(m, row))(x).sum()))(module)
    for a, b in zip(jax.tree.leaves(gradients), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(a.sum(0), b, rtol=0, atol=1e-11)
        assert np.abs(b).max() > 0
    wanted = jax.jit(jax.grad(lambda m: sum(jnp.sin(textbook(m, row)).sum() for row in x)))(module)
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


@each
def test_half_precision_keeps_a_wide_state(kind):
    y, state = made(kind, jnp.bfloat16)(inputs(jnp.bfloat16))
    assert y.dtype == jnp.bfloat16 and {leaf.dtype for leaf in jax.tree.leaves(state)} == {
        jnp.dtype("float32")
    }


@pytest.mark.slow
@each
def test_as_a_linen_module(kind):
    linen = nnx.bridge.to_linen(kind, CONFIG, D)
    x = inputs(jnp.float32)
    variables = linen.init(jax.random.key(0), x)
    assert variables["params"]["q"]["weight"].value.shape == (D, 6)
    y, state = linen.apply(variables, x)
    assert y.shape == x.shape
    assert linen.apply(variables, x[:, :1], state)[0].shape == (2, 1, D)


@each
def test_parameters_name_their_axes(kind):
    module = kind(CONFIG, D, rngs=nnx.Rngs(0))
    assert module.q.weight.get_metadata()["out_sharding"] == ("embed", "heads")
    assert module.out.weight.get_metadata()["out_sharding"] == ("heads", "embed")


@each
def test_capture_and_exchange(kind):
    module, x = made(kind, jnp.float32), inputs(jnp.float32)
    record = modules.Record(("a.heads",)).inside("a")
    y, _ = module(x, record=record)
    np.testing.assert_array_equal(y, module(x)[0])
    assert record.values["a.heads"].shape == (2, 2, N, 4)
    silent = modules.Record(interventions={"heads": jnp.zeros_like})
    want = jnp.broadcast_to(module.out(jnp.zeros((2, N, 8))), y.shape)
    np.testing.assert_array_equal(module(x, record=silent)[0], want)


@each
def test_states_are_checked(kind):
    module, x = made(kind, jnp.float32), inputs(jnp.float32)
    run = jax.jit(lambda m: m(x)[0])
    with jaxmath.checking():
        run(module).block_until_ready()
    broken = jax.tree.map(lambda x: x, module)
    broken.k.weight[...] = jnp.full((D, 6), jnp.nan)
    with pytest.raises(InvariantError, match="a state must have no infinite"), jaxmath.checking():
        run(broken).block_until_ready()


@each
def test_shapes_are_named(kind):
    module = made(kind, jnp.float32)
    with pytest.raises(NotationError, match=f"{kind.__name__}: shapes do not fit together"):
        kind.__call__.__wrapped__(module, jnp.ones((2, N, D)), None, jnp.ones((2, 3), bool))
