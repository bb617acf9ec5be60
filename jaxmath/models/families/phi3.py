"""Phi 3 and 4: as Llama, with queries, keys and values in one map, and gate and value in another.

Source: Abdin et al., *Phi-3 technical report* (2024), arXiv:2404.14219.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig

FUSED_MLP = {"model.layers.*.mlp.gate_up_proj": Fused(("stack.layers.*.mlp.gate", "stack.layers.*.mlp.up"))}


def config(read: Read) -> Config:
    """The map of options."""
    layers, norm, mlp = _parts.count(read), _parts.rms(read), _parts.gated(read)
    bias, turns = bool(read("attention_bias", default=False)), read.rotary(_parts.heads(read).d)
    spans = _parts.windows(read, layers, [True] * layers)
    blocks = [
        BlockConfig(_parts.heads(read, bias=bias, out_bias=bias, rotary=turns, window=x), mlp, norm)
        for x in spans
    ]
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    parts = tuple(f"stack.layers.*.attention.{x}" for x in "qkv")
    fused = {"model.layers.*.self_attn.qkv_proj": Fused(parts)} | FUSED_MLP
    return Keys(_parts.names(), fused, inner="model", ignored=(r".*rotary_emb\.inv_freq",))
