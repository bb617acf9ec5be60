"""Every family against `transformers`: files in `golden`, made by `make_golden`, say what it computes."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import models
from tests.models import _tiny

NAMES = sorted(x.stem for x in _tiny.GOLDEN.glob("*.npz"))


@functools.cache
def golden(name):
    with np.load(_tiny.GOLDEN / f"{name}.npz") as file:
        return dict(file)


def loaded(name, directory, dtype=np.float64):
    want = golden(name)
    _tiny.write(directory, json.loads(str(want["config"])), json.loads(str(want["shapes"])), dtype)
    return want, models.load(directory)


def run(model, want, **more):
    ids, mask = jnp.asarray(want["ids"], jnp.int32), jnp.asarray(want["mask"])
    if isinstance(model, models.EncoderDecoder):
        more["decoder_input_ids"] = ids[:, ::-1][:, :7]
    return model(ids, mask, **more)


def output(result, want):
    mask = want["mask"] if result.hidden.shape[1] == 12 else np.ones((3, 7))
    out = result.hidden if result.logits is None else result.logits
    return np.asarray(out) * mask[..., None], mask


def distance(got, want):
    return np.abs(got - want).max() / np.abs(want).max()


@pytest.mark.parametrize("name", NAMES)
def test_float64(name, tmp_path, x64):
    want, model = loaded(name, tmp_path)
    result = jax.jit(lambda m: run(m, want, capture=("*residual.*", "*final")))(model)
    got, mask = output(result, want)
    assert distance(got, want["logits"]) < 1e-10
    states = [y for x, y in sorted(result.captured.items(), key=_order) if not x.startswith("encoder")]
    if (model.decoder if hasattr(model, "decoder") else model.stack).norm is not None:
        states = [*states[:-2], states[-1]]  # the last one of theirs is normed
    else:
        states = states[:-1]
    if getattr(getattr(model, "readout", None), "narrow", None) is not None:
        states = states[:-1]  # the last one of theirs is as narrow as what is read out
    states = np.stack([np.asarray(x) @ _tiny.hand(x.shape[-1]) * mask for x in states])
    assert distance(states, want["hidden"]) < 1e-10
    if "pooled" in want:
        assert distance(result.pooled, want["pooled"]) < 1e-10


def _order(item):
    last = item[0].rpartition(".")[2]
    return int(last) if last.isdigit() else 1000


QUICK = ("gpt2", "gemma2", "gpt_oss")


@pytest.mark.parametrize(
    "name", [x if x in QUICK else pytest.param(x, marks=pytest.mark.slow) for x in NAMES]
)
def test_gradients(name, tmp_path, x64):
    """The sum of squares of all derivatives of a log-probability summed over tokens."""
    want, model = loaded(name, tmp_path)

    def total(model):
        result = run(model, want)
        out = result.hidden if result.logits is None else result.logits
        mask = want["mask"] if out.shape[1] == 12 else np.ones((3, 7))
        return (jax.nn.log_softmax(out)[..., 5] * mask.astype(float)).sum()

    gradients = jax.jit(jax.grad(total))(model)
    got = sum(float((x**2).sum()) for x in jax.tree.leaves(gradients))
    assert abs(got - want["gradient"]) < 1e-10 * want["gradient"]
