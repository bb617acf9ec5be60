"""Phi 1 and 2: attention and network read the same norm, a part of every head turned.

Source: Gunasekar et al., *Textbooks are all you need* (2023), arXiv:2306.11644.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_PARTS = {
    "attention.q": "self_attn.q_proj",
    "attention.k": "self_attn.k_proj",
    "attention.v": "self_attn.v_proj",
    "attention.out": "self_attn.dense",
    "attention.q_norm": "self_attn.q_layernorm",
    "attention.k_norm": "self_attn.k_layernorm",
    "before.attention": "input_layernorm",
    "mlp.up": "mlp.fc1",
    "mlp.down": "mlp.fc2",
}


def config(read: Read) -> Config:
    """The map of options."""
    norm = _parts.layer_norm(read)
    turns = read.rotary(_parts.heads(read).d, share=0.5)
    inner = norm if read("qk_layernorm", default=False) else None
    heads = _parts.heads(read, bias=True, out_bias=True, rotary=turns, norm=inner)
    mlp = MlpConfig(read("intermediate_size"), read("hidden_act", default="gelu_new"), bias=True)
    blocks = [BlockConfig(heads, mlp, norm, parallel="one")] * _parts.count(read)
    return _parts.decoder(read, blocks, norm, readout={"bias": True})


def keys(of: Config) -> Keys:
    """The map of names."""
    names = _parts.names(_PARTS, norm="model.final_layernorm")
    return Keys(names, inner="model", ignored=(r".*rotary_emb\.inv_freq",))
