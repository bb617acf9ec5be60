"""What is found inside models is what they compute with, family by family."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, models
from jaxmath.models import interpret
from tests.models import _tiny

# Norms with and without bias, branches side by side, grouped heads, scaled and shifted read-outs, norms at
# the end of branches, latent attention, mixtures, a narrow table.
SUMS = ("gpt2", "llama", "gpt_neox", "gemma2", "cohere", "granite", "deepseek_v2", "phi", "opt", "gpt_oss")
FIRST = ("gpt2", "gemma2")


def _loaded(name, directory):
    with np.load(_tiny.GOLDEN / f"{name}.npz") as file:
        want = dict(file)
    _tiny.write(directory, json.loads(str(want["config"])), json.loads(str(want["shapes"])))
    return jnp.asarray(want["ids"][0][:6], jnp.int32), models.load(directory)


@pytest.fixture
def gpt2(tmp_path, x64):
    return _loaded("gpt2", tmp_path)


def _scores(model, found):
    total, cap = found.values.sum(0), model.readout.config.soft_cap
    return total if cap is None else definitions.soft_cap(total, cap)


@pytest.mark.parametrize("name", [x if x in FIRST else pytest.param(x, marks=pytest.mark.slow) for x in SUMS])
def test_attributions_add_up_to_the_scores(name, tmp_path, x64):
    ids, model = _loaded(name, tmp_path)
    logits = model(ids[None]).logits[0]
    for position in (-1, 2):
        found = interpret.attribution(model, ids, position)
        assert len(found.names) == len(found.values)
        got = _scores(model, found)
        # Some hundred sums and products in float64; of a norm in float64 too.
        np.testing.assert_allclose(got, logits[position], atol=1e-10 * np.abs(logits).max())


def test_names_of_components(gpt2):
    ids, model = gpt2
    names = interpret.attribution(model, ids).names
    heads = model.config.stack.blocks[0].attention.heads
    assert names[0] == "embedding" and names[-1] == "norm"
    assert names[1 : heads + 3] == (
        *(f"layers.0.head.{i}" for i in range(heads)),
        "layers.0.attention",
        "layers.0.mlp",
    )


@pytest.mark.parametrize("name", ["gpt2", pytest.param("bert", marks=pytest.mark.slow)])
def test_the_lens_ends_at_the_scores(name, tmp_path, x64):
    ids, model = _loaded(name, tmp_path)
    scores, logits = interpret.lens(model, ids), model(ids[None]).logits[0]
    assert scores.shape == (len(model.stack.layers) + 1, *logits.shape)
    np.testing.assert_allclose(scores[-1], logits, atol=1e-12 * np.abs(logits).max())
    assert not np.allclose(scores[0], logits)


def test_a_tuned_lens_at_the_identity_is_the_logit_lens(gpt2):
    ids, model = gpt2
    places, d = len(model.stack.layers) + 1, model.config.width
    translators = jnp.broadcast_to(jnp.eye(d), (places, d, d)), jnp.zeros((places, d))
    np.testing.assert_array_equal(interpret.lens(model, ids, translators), interpret.lens(model, ids))
    moved = translators[0], translators[1] + jnp.arange(float(d))[None]
    assert not np.allclose(interpret.lens(model, ids, moved), interpret.lens(model, ids))


def test_heads_are_those_that_attend(gpt2):
    """With the norm folded in, the definition of multi-head attention writes what the layer writes."""
    ids, model = gpt2
    found = model(ids[None], capture=("residual.0", "layers.0.attention.out", "layers.0.attention.weights"))
    norm = model.stack.layers[0].before["attention"].config
    x = definitions.layer_norm(found.captured["residual.0"][0], eps=norm.eps)
    params = interpret.heads(model, 0)
    got = definitions.multi_head_attention(x, x, params, definitions.masks.causal(6))
    expected = found.captured["layers.0.attention.out"][0]
    np.testing.assert_allclose(got, expected, atol=1e-12 * np.abs(expected).max())
    weights = interpret.attention(model, ids)
    q, k = x @ params.wq[1] + params.bq[1][None], x @ params.wk[1] + params.bk[1][None]
    got = definitions.attention_weights(q, k, definitions.masks.causal(6))
    np.testing.assert_allclose(weights[0, 1], got, atol=1e-12)


@pytest.mark.slow
def test_compositions_are_those_of_the_circuits(tmp_path, x64):
    """Grouped heads, whose keys and values are shared."""
    _, model = _loaded("llama", tmp_path)
    found = interpret.compositions(model, 0, 1)
    first, second = interpret.heads(model, 0), interpret.heads(model, 1)
    times = first.wq.shape[0] // first.wk.shape[0]
    circuits = definitions.circuits
    for i in range(first.wq.shape[0]):
        for j in range(second.wq.shape[0]):
            earlier = circuits.ov_circuit(first.wv[i // times], first.wo[i])
            qk = circuits.qk_circuit(second.wq[j], second.wk[j // times])
            expected = circuits.compositions(
                earlier, qk, circuits.ov_circuit(second.wv[j // times], second.wo[j])
            )
            np.testing.assert_allclose([x[i, j] for x in found], expected, rtol=1e-10)


def test_the_induction_model_is_the_defined_one():
    ids = jnp.array([0, 3, 1, 2, 3, 1, 2])
    model = interpret.induction_model(4, 7)
    expected = definitions.attention_only.attention_only_transformer(
        ids, definitions.induction.induction_model(4, 7)
    )
    np.testing.assert_array_equal(model(ids[None]).logits[0], expected)
    scores = interpret.head_scores(model, ids)
    np.testing.assert_array_equal(scores.induction, [[0], [1]])
    np.testing.assert_array_equal(scores.previous[0], [1])
    assert interpret.compositions(model, 0, 1).k == 0.5


def test_entropies_are_those_of_the_weights(gpt2):
    ids, model = gpt2
    weights = np.asarray(interpret.attention(model, ids))
    logs = np.log(np.where(weights > 0, weights, 1))
    expected = -(weights * logs).sum(-1).mean(-1)
    np.testing.assert_allclose(interpret.head_scores(model, ids).entropy, expected, atol=1e-12)


@pytest.mark.parametrize(
    "name,message",
    [
        (
            "bert",
            "attribution: model must add to its stream without a norm after the sum, but layer 0 has one",
        ),
        ("bert_bare", "attribution: model must have a read-out, but this one has none"),
        ("modernbert", "attribution: model must have a linear read-out, but this one activates a layer"),
    ],
)
def test_what_is_no_sum_is_refused(name, message, tmp_path, x64):
    ids, model = _loaded(name, tmp_path)
    with pytest.raises(ValueError, match=message):
        interpret.attribution(model, ids)


def test_latent_heads_are_refused(tmp_path, x64):
    _, model = _loaded("deepseek_v2", tmp_path)
    with pytest.raises(
        ValueError, match="heads: attention must not be latent or recurrent, but that of layer 0 is"
    ):
        interpret.heads(model, 0)


def test_figures_hold_what_was_found():
    """On axes of Matplotlib, where it is installed."""
    figures = pytest.importorskip("matplotlib.figure", reason="figures ask for matplotlib")
    ids, words = jnp.array([0, 2, 1, 2]), ["<s>", "a", "b"]
    model, tokens = interpret.induction_model(3, 4), [words[i] for i in ids]
    draw = interpret.figures
    first, second, third, fourth = figures.Figure().subplots(1, 4)
    weights = interpret.attention(model, ids)[1, 0]
    assert draw.attention_map(first, weights, tokens) is first
    np.testing.assert_array_equal(first.images[0].get_array(), weights)
    assert [x.get_text() for x in first.get_yticklabels()] == tokens
    draw.lens_table(second, interpret.lens(model, ids), tokens, words)
    assert second.texts[-1].get_text() == "a"
    draw.attribution_bars(third, interpret.attribution(model, ids), 1, most=1)
    assert [x.get_text() for x in third.get_yticklabels()] == ["layers.1.head.0"]
    draw.score_map(fourth, interpret.head_scores(model, ids).induction)
    assert [x.get_text() for x in fourth.texts] == ["1.00", "1.00"]  # the token before is what follows
