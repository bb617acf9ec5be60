"""OLMo 2: norms at the end of branches only, and of all queries together.

Source: OLMo team, *2 OLMo 2 Furious* (2025), arXiv:2501.00656.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig

_NORMS = {"inside.attention": "post_attention_layernorm", "inside.mlp": "post_feedforward_layernorm"}


def config(read: Read) -> Config:
    """The map of options."""
    norm, turns = _parts.rms(read), read.rotary(_parts.heads(read).d)
    bias = bool(read("attention_bias", default=False))
    heads = _parts.heads(read, bias=bias, out_bias=bias, rotary=turns, norm=norm, norm_over="width")
    blocks = [BlockConfig(heads, _parts.gated(read), norm, before=False, inside=True)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _parts.QK_NORM | _NORMS), inner="model")
