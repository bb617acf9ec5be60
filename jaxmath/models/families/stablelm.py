"""StableLM: layer norms, a quarter of every head turned, gated networks.

Source: Bellagente et al., *Stable LM 2 1.6B technical report* (2024), arXiv:2402.17834.
"""

import dataclasses

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig

_NORMS = {
    "attention.q_norm.weight": "self_attn.q_layernorm.norms.#.weight",
    "attention.k_norm.weight": "self_attn.k_layernorm.norms.#.weight",
}


def config(read: Read) -> Config:
    """The map of options."""
    norm, turns = _parts.layer_norm(read), read.rotary(_parts.heads(read).d, share=0.25)
    inner = dataclasses.replace(norm, bias=False) if read("qk_layernorm", default=False) else None
    bias = bool(read("use_qkv_bias", default=False))
    heads = _parts.heads(read, bias=bias, rotary=turns, norm=inner, norm_over="heads")
    kind = _parts.beside(read("use_parallel_residual", default=False))
    blocks = [BlockConfig(heads, _parts.gated(read), norm, parallel=kind)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _NORMS), inner="model", ignored=(r".*rotary_emb\.inv_freq",))
