"""GPT-J: attention and network read the same norm, neighbours turn together.

Source: Wang & Komatsuzaki, *GPT-J-6B* (2021).
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig, RotaryConfig

_PARTS = {
    "attention.q": "attn.q_proj",
    "attention.k": "attn.k_proj",
    "attention.v": "attn.v_proj",
    "attention.out": "attn.out_proj",
    "before.attention": "ln_1",
    "mlp.up": "mlp.fc_in",
    "mlp.down": "mlp.fc_out",
}


def config(read: Read) -> Config:
    """The map of options."""
    read.only("rotary", True)
    read.only("scale_attn_weights", True)
    read("n_positions", default=None)
    d, norm = _parts.width(read), _parts.layer_norm(read)
    turned = read("rotary_dim", default=d // read("n_head"))
    heads = _parts.heads(read, rotary=RotaryConfig(turned, layout="interleaved"))
    activation = read("activation_function", default="gelu_new")
    mlp = MlpConfig(read("n_inner", default=4 * d), activation, bias=True)
    blocks = [BlockConfig(heads, mlp, norm, parallel="one")] * _parts.count(read)
    return _parts.decoder(read, blocks, norm, readout={"bias": True})


def keys(of: Config) -> Keys:
    """The map of names."""
    names = _parts.names(_PARTS, "transformer.wte", "transformer.h", "transformer.ln_f")
    return Keys(names, inner="transformer", ignored=(r".*\.attn\.(bias|masked_bias|embed_positions)",))
