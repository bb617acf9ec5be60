"""Mixtures sorted by expert, against masked dense ones: both ways of multiplying, and derivatives."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, kernels

# One expert has more tokens than a block holds, one has none.
PICKED = np.array([[1, 0], [0, 1], [3, 1], [1, 3], [1, 0]])


def operands(seed=0):
    rng = np.random.default_rng(seed)
    shapes = ((5, 3), (5, 2), (4, 3, 2), (4, 3, 2), (4, 2, 3))
    return tuple(jnp.asarray(rng.uniform(-1, 1, shape)) for shape in shapes)


def answer(mixture, **how):
    return lambda x, weights, *matrices: mixture(x, jnp.array(PICKED), weights, *matrices, **how)


def loss(f):
    return lambda *a: (f(*a) ** 2).sum()


EVERYTHING = (0, 1, 2, 3, 4)
WAYS = {
    "value": lambda f, *a: f(*a),
    "grad": lambda f, *a: jax.grad(loss(f), EVERYTHING)(*a),
    "jvp": lambda f, *a: jax.jvp(f, a, operands(1))[1],
    "forward over reverse": lambda f, *a: jax.jvp(jax.grad(loss(f), EVERYTHING), a, operands(1))[1],
    "vmap": lambda f, *a: jax.vmap(jax.grad(loss(f)))(*(jnp.stack([x, 2 * x]) for x in a)),
}


HOW = {f"blocks of {n}": dict(block=n, ragged=False) for n in (1, 2, 128)}
HOW |= {"blocks": dict(ragged=False), "ragged": dict(ragged=True)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", HOW)
def test_sorting_changes_nothing(way, how, x64):
    """Numbers are below 1 and sums have at most 5 terms, so that no term of a derivative is above 100."""
    ours, theirs = answer(kernels.mixture_of_experts, **HOW[how]), answer(definitions.mixture_of_experts)
    found, expected = (jax.jit(functools.partial(WAYS[way], f))(*operands()) for f in (ours, theirs))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=500 * 100 * 2.0**-53)


def test_rows_that_are_left_over_are_zero(x64):
    x, matrices = jnp.ones((4, 1)), jnp.ones((2, 1, 1))
    for ragged in (False, True):
        found = kernels.grouped_product(x, matrices, jnp.array([1, 2]), block=2, ragged=ragged)
        assert found.ravel().tolist() == [1, 1, 1, 0]
        assert definitions.grouped_product(x, matrices, jnp.array([1, 2])).ravel().tolist() == [1, 1, 1, 0]


def test_sixteen_bits(x64):
    x, weights, *matrices = (a.astype(jnp.bfloat16) for a in operands())
    found = answer(kernels.mixture_of_experts, ragged=False)(x, weights, *matrices)
    exact = answer(definitions.mixture_of_experts)(*(a.astype(jnp.float32) for a in (x, weights, *matrices)))
    assert found.dtype == jnp.bfloat16
    # A handful of roundings to 8 bits, of numbers below 10.
    np.testing.assert_allclose(found.astype(jnp.float32), exact, rtol=0, atol=8 * 10 * 2.0**-9)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("rows", [1, 3, 40, 300])
def test_groups_of_few_rows_are_those_of_many(rows, dtype):
    """Small integers, whose sums are exact in float32, and in bfloat16 once rounded."""
    rng = np.random.default_rng(0)
    x, matrices = (jnp.asarray(rng.integers(-2, 3, shape), dtype) for shape in ((rows, 24), (5, 24, 7)))
    sizes = np.bincount(rng.integers(0, 5, rows), minlength=5)
    sizes[2], sizes[0] = 0, sizes[0] + sizes[2]
    found = jax.jit(lambda *a: kernels.grouped_product(*a, ragged=False))(x, matrices, jnp.asarray(sizes))
    owners = np.repeat(np.arange(5), sizes)
    exact = np.einsum("nd,ndf->nf", np.asarray(x, np.float64), np.asarray(matrices, np.float64)[owners])
    np.testing.assert_array_equal(found, jnp.asarray(exact, dtype))


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other machines take half precision as it is")
def test_a_loop_keeps_no_wide_copy_of_a_matrix():
    x, stack = jnp.ones((2, 256), jnp.bfloat16), jnp.ones((4, 256, 256), jnp.bfloat16)

    def loop(x, stack, sizes):
        return jax.lax.fori_loop(0, 3, lambda _, x: kernels.grouped_product(x, stack, sizes, ragged=False), x)

    memory = jax.jit(loop).lower(x, stack, jnp.array([0, 1, 1, 0])).compile().memory_analysis()
    assert memory.temp_size_in_bytes < stack[0].astype(jnp.float32).nbytes


def test_deepseek_router_is_that_of_transformers(x64):
    """Affinities, groups of two best, renormalisation and scale: as `DeepseekV3TopkRouter` of 5.24.0."""
    logits = jnp.array(
        [[0.3, -1.2, 2.0, 0.1, 1.1, 0.9, -0.4, 0.5], [1.0, 0.2, -0.3, 0.7, 0.6, -2.0, 1.4, 0.0]]
    )
    bias = jnp.array([0.0, 0.1, -0.3, 0.2, 0.0, 0.05, 0.3, -0.1])
    picked, weights = definitions.sigmoid_router(logits, 3, bias, groups=4, kept=2, scale=2.5)
    assert sorted(picked[0].tolist()) == [3, 4, 5] and sorted(picked[1].tolist()) == [0, 1, 6]
    golden = [
        [0.6607871172868132, 0.9443464126116158, 0.8948664701015709],
        [0.8773784725241796, 0.6598821582915025, 0.962739369184318],
    ]
    by_number = np.take_along_axis(np.array(weights), np.argsort(np.array(picked), axis=1), axis=1)
    np.testing.assert_allclose(by_number, golden, rtol=16 * 2.0**-53)
