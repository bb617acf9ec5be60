"""GLM-4: norms on both sides of branches, half of every head turned, neighbours together.

Source: GLM team, *ChatGLM* (2024), arXiv:2406.12793.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts, phi3
from jaxmath.modules import BlockConfig

_NORMS = {"inside.attention": "post_self_attn_layernorm", "inside.mlp": "post_mlp_layernorm"}


def config(read: Read) -> Config:
    """The map of options."""
    d, norm = read("head_dim", default=128), _parts.rms(read)
    turns = read.rotary(d, "interleaved", share=0.5)
    heads = _parts.heads(read, d=d, bias=bool(read("attention_bias", default=True)), rotary=turns)
    blocks = [BlockConfig(heads, _parts.gated(read), norm, inside=True)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _NORMS), phi3.FUSED_MLP, inner="model")
