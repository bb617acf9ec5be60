"""Cohere's Command R: attention and network read the same norm, scores scaled.

Source: Cohere, *Command R* (2024).
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig


def config(read: Read) -> Config:
    """The map of options."""
    norm, turns = _parts.layer_norm(read, bias=False), read.rotary(_parts.heads(read).d, "interleaved")
    bias, inner = bool(read("attention_bias", default=False)), read("use_qk_norm", default=False)
    how = {"bias": bias, "out_bias": bias, "rotary": turns, "norm": norm if inner else None}
    heads = _parts.heads(read, norm_over="heads", **how)
    blocks = [BlockConfig(heads, _parts.gated(read), norm, parallel="one")] * _parts.count(read)
    readout = {"scale": read("logit_scale", default=0.0625)}
    return _parts.decoder(read, blocks, norm, tied=True, readout=readout)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _parts.QK_NORM), inner="model")
