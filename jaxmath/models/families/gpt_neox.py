"""GPT-NeoX and Pythia: attention and network side by side, a part of every head turned.

Source: Black et al., *GPT-NeoX-20B* (2022), arXiv:2204.06745; Biderman et al., *Pythia* (2023),
arXiv:2304.01373.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_PARTS = {
    "attention.out": "attention.dense",
    "before.attention": "input_layernorm",
    "before.mlp": "post_attention_layernorm",
    "mlp.up": "mlp.dense_h_to_4h",
    "mlp.down": "mlp.dense_4h_to_h",
}


def config(read: Read) -> Config:
    """The map of options."""
    norm, bias = _parts.layer_norm(read), bool(read("attention_bias", default=True))
    turns = read.rotary(_parts.heads(read).d, share=0.25)
    heads = _parts.heads(read, bias=bias, out_bias=bias, rotary=turns)
    mlp = MlpConfig(read("intermediate_size"), read("hidden_act", default="gelu"), bias=True)
    parallel = _parts.beside(read("use_parallel_residual", default=True), two=True)
    blocks = [BlockConfig(heads, mlp, norm, parallel=parallel)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    names = _parts.names(
        _PARTS, "gpt_neox.embed_in", "gpt_neox.layers", "gpt_neox.final_layer_norm", "embed_out"
    )
    parts = tuple(f"stack.layers.*.attention.{x}" for x in "qkv")
    fused = {"gpt_neox.layers.*.attention.query_key_value": Fused(parts, of.stack.blocks[0].attention.heads)}
    ignored = (r".*rotary_emb\.inv_freq", r".*\.attention\.(bias|masked_bias)")
    return Keys(names, fused, inner="gpt_neox", ignored=ignored)
