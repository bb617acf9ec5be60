"""Llama 1 to 3, and Mistral: RMS norms before, rotary positions, gated networks.

Source: Touvron et al., *LLaMA* (2023), arXiv:2302.13971; Jiang et al., *Mistral 7B* (2023), arXiv:2310.06825.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig


def config(read: Read) -> Config:
    """The map of options."""
    layers = _parts.count(read)
    bias = bool(read("attention_bias", default=False))
    mlp = _parts.gated(read, bias=bool(read("mlp_bias", default=False)))
    norm = _parts.rms(read)
    turns = read.rotary(_parts.heads(read).d)
    slides = read.raw["model_type"] == "mistral"
    spans = _parts.windows(read, layers, [slides] * layers)
    blocks = [
        BlockConfig(_parts.heads(read, bias=bias, out_bias=bias, rotary=turns, window=x), mlp, norm)
        for x in spans
    ]
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(), inner="model", ignored=(r".*rotary_emb\.inv_freq",))
