"""Reading and writing, and what goes wrong with either."""

import json
import shutil

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from jaxmath import models
from tests.models import _tiny
from tests.models.test_families import NAMES, golden, loaded, output, run

SMALL = {
    "model_type": "llama",
    "vocab_size": 7,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
IDS = jnp.array([[1, 2, 3]], jnp.int32)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_is_what_was_read(name, tmp_path, x64):
    _, model = loaded(name, tmp_path)
    model.save(tmp_path / "again")
    old, new = (load_file(x / "model.safetensors") for x in (tmp_path, tmp_path / "again"))
    assert set(new) <= set(old)
    for x in new:
        np.testing.assert_array_equal(new[x], old[x])
    # What is left out is tied to something that is not.
    for x in set(old) - set(new):
        assert "decoder" in x or "embed" in x or "lm_head" in x or "projector" in x
    raw = json.loads((tmp_path / "again" / "config.json").read_text())
    assert raw == json.loads(str(golden(name)["config"])) | {"dtype": "float64"}


def test_bfloat16_shards_and_tied_tables(tmp_path):
    want = golden("llama3")
    config, shapes = json.loads(str(want["config"])), json.loads(str(want["shapes"]))
    _tiny.write(tmp_path, config, shapes, ml_dtypes.bfloat16)
    whole = models.load(tmp_path)
    assert whole.embedding.table.dtype == jnp.bfloat16
    tensors = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    files = {x: f"part-{i % 2}.safetensors" for i, x in enumerate(tensors)}
    for file in set(files.values()):
        save_file({x: tensors[x] for x in tensors if files[x] == file}, tmp_path / file)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    parts = models.load(tmp_path, dtype=jnp.float32)
    jax.tree.map(lambda x, y: np.testing.assert_array_equal(x.astype(jnp.float32), y), whole, parts)


def test_old_names_and_old_options(tmp_path):
    want = golden("bert")
    config, shapes = json.loads(str(want["config"])), json.loads(str(want["shapes"]))
    _tiny.write(tmp_path, config, shapes, np.float32)
    new = models.load(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    spell = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for now, then in spell.items():
        tensors = {x.replace(now, then): y for x, y in tensors.items()}
    tensors["bert.embeddings.position_ids"] = np.arange(64)[None]
    save_file(tensors, tmp_path / "model.safetensors")
    jax.tree.map(np.testing.assert_array_equal, new, models.load(tmp_path))
    old = {**SMALL, "rope_theta": 50.0, "rope_scaling": {"type": "linear", "factor": 2.0}}
    new = {**SMALL, "rope_parameters": {"rope_theta": 50.0, "rope_type": "linear", "factor": 2.0}}
    assert models.read_config(old).stack == models.read_config(new).stack


def test_a_model_without_its_head(tmp_path):
    models.init(SMALL, jax.random.key(0)).save(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    inner = {x.removeprefix("model."): y for x, y in tensors.items() if x.startswith("model.")}
    save_file(inner, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(SMALL | {"architectures": ["LlamaModel"]}))
    result = models.load(tmp_path)(IDS)
    assert result.logits is None and result.hidden.shape == (1, 3, 8)


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "deepseek_v3", "t5", "gpt_oss"])
def test_float32_is_within_rounding(name, tmp_path):
    """Every operation of a chain is off by a few units of rounding, and errors add up over layers."""
    want, model = loaded(name, tmp_path, np.float32)
    got, _ = output(jax.jit(lambda m: run(m, want))(model), want)
    # Products of at most 64 terms, a dozen in a row, each as large as the result or below.
    assert (
        np.abs(got - want["logits"]).max() < 12 * 64 * np.finfo(np.float32).eps * np.abs(want["logits"]).max()
    )


def test_messages(tmp_path):
    with pytest.raises(models.ConfigError, match="model_type 'gpt9' is not known; known are bart"):
        models.read_config({"model_type": "gpt9"})
    with pytest.raises(models.ConfigError, match="unknown options .* attention_twist=3"):
        models.read_config(SMALL | {"attention_twist": 3})
    with pytest.raises(models.ConfigError, match="must give 'hidden_size', but does not"):
        models.read_config({x: y for x, y in SMALL.items() if x != "hidden_size"})
    with pytest.raises(models.ConfigError, match="'quantization_config' .* changes what is computed"):
        models.read_config(SMALL | {"quantization_config": {"bits": 4}})
    with pytest.raises(models.ConfigError, match="rope_type 'spiral' is not known; known are default"):
        models.read_config(SMALL | {"rope_scaling": {"rope_type": "spiral"}})
    with pytest.raises(models.CheckpointError, match=r"config.json must be there, but is not"):
        models.load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    with pytest.raises(models.CheckpointError, match="must hold safetensors, but holds config.json"):
        models.load(tmp_path)


def test_tensors_that_do_not_fit(tmp_path):
    models.init(SMALL, jax.random.key(0)).save(tmp_path / "whole")
    tensors = load_file(tmp_path / "whole" / "model.safetensors")
    norm = tensors.pop("model.norm.weight")

    def read(**more):
        shutil.copytree(tmp_path / "whole", tmp_path / "broken", dirs_exist_ok=True)
        save_file(tensors | more, tmp_path / "broken" / "model.safetensors")
        models.load(tmp_path / "broken")

    with pytest.raises(models.CheckpointError, match="'llama' model are missing:\n  model.norm.weight"):
        read()
    with pytest.raises(models.CheckpointError, match="are not known:\n  extra"):
        read(**{"model.norm.weight": norm, "extra": norm})
    with pytest.raises(
        models.CheckpointError, match=r"wrong shape:\n  model.norm.weight is \(4,\), must be \(8,\)"
    ):
        read(**{"model.norm.weight": norm[:4]})


@pytest.mark.slow
def test_an_encoder_is_needed_once():
    config = {"model_type": "t5", "vocab_size": 7, "d_model": 8, "d_kv": 4, "d_ff": 8}
    model = models.init(config | {"num_layers": 1, "num_heads": 2}, jax.random.key(0))
    with pytest.raises(ValueError, match="input_ids must be given where no cache knows"):
        model(decoder_input_ids=IDS)
    made = models.generate(model, IDS, steps=3).tokens
    ids = jnp.zeros((1, 1), jnp.int32)
    for token in np.asarray(made)[0]:
        logits = model(IDS, decoder_input_ids=ids).logits
        assert jnp.argmax(logits[0, -1]) == token
        ids = jnp.concatenate([ids, jnp.full((1, 1), token, jnp.int32)], 1)
