"""Initial weights follow the published laws: their variances, within what chance allows."""

import fnmatch
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxmath import models
from jaxmath.models._keys import parameters

GPT2 = {"model_type": "gpt2", "vocab_size": 97, "n_embd": 64, "n_layer": 8, "n_head": 4, "n_positions": 64}
SIZES = {"vocab_size": 97, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
SIZES |= {"num_attention_heads": 4, "max_position_embeddings": 64, "initializer_range": 0.03}
BERT = SIZES | {"model_type": "bert", "type_vocab_size": 2}
ROBERTA = SIZES | {"model_type": "roberta", "type_vocab_size": 1}
MODERN = SIZES | {"model_type": "modernbert", "num_hidden_layers": 8}
T5 = {
    "model_type": "t5",
    "vocab_size": 97,
    "d_model": 64,
    "d_kv": 8,
    "d_ff": 96,
    "num_layers": 2,
    "num_heads": 4,
}
T5 |= {"tie_word_embeddings": False, "feed_forward_proj": "gated-gelu"}
BART = {
    "model_type": "bart",
    "vocab_size": 97,
    "d_model": 64,
    "max_position_embeddings": 64,
    "init_std": 0.05,
}
BART |= {f"{x}_{y}": z for x in ("encoder", "decoder") for y, z in (("layers", 1), ("ffn_dim", 96))}
BART |= {f"{x}_attention_heads": 4 for x in ("encoder", "decoder")}
OSS = SIZES | {"model_type": "gpt_oss", "num_local_experts": 64, "num_experts_per_tok": 2, "head_dim": 8}

# Of each family: pattern of names, standard deviation, and where in standard deviations draws are cut off.
LAWS = {
    "gpt2": (GPT2, {"*.out.weight": (0.02 / 4, None), "*.down.weight": (0.02 / 4, None), "*": (0.02, None)}),
    "llama": (SIZES | {"model_type": "llama"}, {"*": (0.03, None)}),
    "bert": (BERT, {"*": (0.03, 2)}),
    "roberta": (ROBERTA, {"*": (0.03, None)}),
    "modernbert": (
        MODERN,
        {x: (0.03 / 4, 3) for x in ("*.out.weight", "*.down.weight", "readout.dense.weight")}
        | {"*": (0.03, 3)},
    ),
    "t5": (
        T5,
        {
            "*.q.weight": (512**-0.5, None),
            "*.out.weight": (32**-0.5, None),
            "*.down.weight": (96**-0.5, None),
            "embedding.table": (1.0, None),
            "readout.table.weight": (1.0, None),
            "*": (1 / 8, None),
        },
    ),
    "bart": (BART, {"*": (0.05, None)}),
    "gpt_oss": (OSS, {"*": (0.03, None)}),
}
QUICK = ("gpt2", "bert")


@pytest.mark.parametrize("name", [x if x in QUICK else pytest.param(x, marks=pytest.mark.slow) for x in LAWS])
def test_moments(name):
    """Six standard deviations of the mean, and of the mean square, of so many draws."""
    config, laws = LAWS[name]
    model = models.init(config, jax.random.key(0))
    random = {x: np.asarray(y) for x, y in parameters(model).items() if np.ptp(np.asarray(y)) > 0}
    assert len(random) > 5
    for x, values in random.items():
        std, cut = next(law for pattern, law in laws.items() if fnmatch.fnmatchcase(x, pattern))
        law = stats.norm(0, std) if cut is None else stats.truncnorm(-cut, cut, 0, std)
        second, fourth, n = law.moment(2), law.moment(4), values.size
        assert abs(values.mean()) < 6 * math.sqrt(second / n), x
        assert abs((values**2).mean() - second) < 6 * math.sqrt((fourth - second**2) / n), x
        assert cut is None or np.abs(values).max() <= cut * std * (1 + 1e-6), x


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt2", "bert", "t5", "gpt_oss"])
def test_what_is_not_drawn_is_one_or_zero(name):
    """Norms begin as they are without weights, and maps without shifts."""
    model = models.init(LAWS[name][0], jax.random.key(0))
    for x, values in parameters(model).items():
        if np.ptp(np.asarray(values)) == 0:
            norm = "norm" in x or ".before." in x or ".after." in x
            assert float(values.reshape(-1)[0]) == float(norm and x.endswith("weight")), x


@pytest.mark.slow
def test_draws_are_independent_and_repeat():
    config = LAWS["t5"][0]
    one, same, other = (models.init(config, jax.random.key(i)) for i in (0, 0, 1))
    jax.tree.map(np.testing.assert_array_equal, one, same)
    table = one.embedding.table[...]
    assert float(jnp.abs(table - other.embedding.table[...]).max()) > 1
    heads = one.encoder.layers[0].attention
    k, v = (np.asarray(x.weight[...]).reshape(-1) for x in (heads.k, heads.v))
    assert abs(np.corrcoef(k, v)[0, 1]) < 6 / math.sqrt(k.size)
