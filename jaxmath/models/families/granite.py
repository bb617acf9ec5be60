"""Granite: as Llama, with four multipliers.

Source: IBM, *Granite 3.0 language models* (2024).
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig


def config(read: Read) -> Config:
    """The map of options."""
    norm, turns = _parts.rms(read), read.rotary(_parts.heads(read).d)
    bias = bool(read("attention_bias", default=False))
    scale, branches = read("attention_multiplier", default=1.0), read("residual_multiplier", default=1.0)
    heads = _parts.heads(read, bias=bias, out_bias=bias, rotary=turns, scale=float(scale))
    mlp = _parts.gated(read, bias=bool(read("mlp_bias", default=False)))
    blocks = [BlockConfig(heads, mlp, norm, residual=float(branches))] * _parts.count(read)
    embedding = {"scale": float(read("embedding_multiplier", default=1.0))}
    readout = {"scale": 1 / read("logits_scaling", default=1.0)}
    return _parts.decoder(read, blocks, norm, embedding=embedding, readout=readout)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(), inner="model")
