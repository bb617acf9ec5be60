"""Qwen 3: as Qwen 2, with norms of queries and keys in place of biases.

Source: Yang et al., *Qwen3 technical report* (2025), arXiv:2505.09388.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts, qwen2
from jaxmath.modules import BlockConfig


def config(read: Read) -> Config:
    """The map of options."""
    norm, mlp = _parts.rms(read), _parts.gated(read)
    d, bias = read("head_dim", default=128), bool(read("attention_bias", default=False))
    how = {"d": d, "bias": bias, "out_bias": bias, "rotary": read.rotary(d), "norm": norm}
    blocks = [BlockConfig(_parts.heads(read, window=x, **how), mlp, norm) for x in qwen2.spans(read)]
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _parts.QK_NORM), inner="model")
