"""Two wrong backward passes that finite differences accept, in JAX and PyTorch; the engine refutes both."""

import functools
import math

import jax
import jax.numpy as jnp
import pytest
from jax.test_util import check_grads

from jaxmath import verify

EPS, CUBIC = 1e-5, 0.044715
WRONG_EPS, WRONG_CUBIC = 2e-5, 0.0447
SHAPE = (4, 16)
SEEDS = range(3)


def layer_norm(x):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPS)


def layer_norm_vjp(x, dy, eps=EPS):
    centred = x - x.mean(-1, keepdims=True)
    r = jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + eps)
    y = centred * r
    return r * (dy - dy.mean(-1, keepdims=True) - y * (dy * y).mean(-1, keepdims=True))


def gelu(x):
    return 0.5 * x * (1 + jnp.tanh(jnp.sqrt(2 / jnp.pi) * (x + CUBIC * x**3)))


def gelu_vjp(x, dy, cubic=CUBIC):
    root = jnp.sqrt(2 / jnp.pi)
    t = jnp.tanh(root * (x + cubic * x**3))
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * cubic * x**2))


CASES = {
    "layer norm": (layer_norm, layer_norm_vjp, functools.partial(layer_norm_vjp, eps=WRONG_EPS)),
    "GELU": (gelu, gelu_vjp, functools.partial(gelu_vjp, cubic=WRONG_CUBIC)),
}


def with_rule(f, vjp):
    """f with a backward pass written by hand."""
    ruled = jax.custom_vjp(lambda x: f(x))
    ruled.defvjp(lambda x: (f(x), x), lambda x, dy: (vjp(x, dy),))
    return ruled


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("wide", [False, True], ids=["float32", "float64"])
@pytest.mark.parametrize("seed", SEEDS)
def test_check_grads_accepts_the_wrong_one(name, wide, seed):
    f, _, wrong = CASES[name]
    with jax.enable_x64(wide):
        x = jax.random.normal(jax.random.key(seed), SHAPE)
        check_grads(with_rule(f, wrong), (x,), order=1, modes=["rev"])


@pytest.mark.parametrize("name", CASES)
def test_the_engine_proves_the_right_one_and_refutes_the_wrong_one(name):
    f, right, wrong = CASES[name]
    x = jax.ShapeDtypeStruct(SHAPE, jnp.float32)
    assert verify.prove_vjp(f, right, x).verdict == "proved"
    assert verify.prove_vjp(f, wrong, x).verdict == "refuted"
    (found,) = verify.prove_rules(with_rule(f, wrong), x).values()
    assert found.verdict == "refuted"


# The same two in PyTorch.


def torch_layer_norm(x, torch):
    centred = x - x.mean(-1, keepdim=True)
    return centred * torch.rsqrt((centred**2).mean(-1, keepdim=True) + EPS)


def torch_layer_norm_vjp(x, dy, torch):
    centred = x - x.mean(-1, keepdim=True)
    r = torch.rsqrt((centred**2).mean(-1, keepdim=True) + WRONG_EPS)
    y = centred * r
    return r * (dy - dy.mean(-1, keepdim=True) - y * (dy * y).mean(-1, keepdim=True))


def torch_gelu(x, torch):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + CUBIC * x**3)))


def torch_gelu_vjp(x, dy, torch):
    root = math.sqrt(2 / math.pi)
    t = torch.tanh(root * (x + WRONG_CUBIC * x**3))
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * WRONG_CUBIC * x**2))


def torch_with_rule(f, vjp, torch):
    class Ruled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return f(x, torch)

        @staticmethod
        def backward(ctx, dy):
            return vjp(*ctx.saved_tensors, dy, torch)

    return Ruled.apply


IN_TORCH = {
    "layer norm": (torch_layer_norm, torch_layer_norm_vjp),
    "GELU": (torch_gelu, torch_gelu_vjp),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
@pytest.mark.parametrize("seed", SEEDS)
def test_gradcheck_accepts_the_wrong_one(name, fast, seed):
    torch = pytest.importorskip("torch", reason="the optional comparison with PyTorch")
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(SHAPE, dtype=torch.float64, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(torch_with_rule(*IN_TORCH[name], torch), (x,), fast_mode=fast)
