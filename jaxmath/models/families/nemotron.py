"""Nemotron: layer norms stored less one, squared ReLU, half of every head turned.

Source: Parmar et al., *Nemotron-4 15B technical report* (2024), arXiv:2402.16819.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig


def config(read: Read) -> Config:
    """The map of options."""
    norm = _parts.layer_norm(read, "norm_eps", stored_less=1.0)
    bias, turns = bool(read("attention_bias", default=False)), read.rotary(_parts.heads(read).d, share=0.5)
    heads = _parts.heads(read, bias=bias, out_bias=bias, rotary=turns)
    activation, wide = read("hidden_act", default="relu2"), read("intermediate_size")
    mlp = MlpConfig(wide, activation, bias=bool(read("mlp_bias", default=False)))
    blocks = [BlockConfig(heads, mlp, norm)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(), inner="model")
