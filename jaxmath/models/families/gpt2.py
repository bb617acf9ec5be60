"""GPT-2: learned positions, layer norms before, one map for queries, keys and values.

Source: Radford et al., *Language models are unsupervised multitask learners* (2019); section 2.3 has the
initial weights of the maps back to the residual stream.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_PARTS = {
    "attention.out": "attn.c_proj",
    "before.attention": "ln_1",
    "before.mlp": "ln_2",
    "mlp.up": "mlp.c_fc",
    "mlp.down": "mlp.c_proj",
}


def config(read: Read) -> Config:
    """The map of options."""
    read.only("reorder_and_upcast_attn", False, True)
    scaled, by_layer = (
        read("scale_attn_weights", default=True),
        read("scale_attn_by_inverse_layer_idx", default=False),
    )
    d, norm = _parts.width(read), _parts.layer_norm(read, "layer_norm_epsilon")
    mlp = MlpConfig(
        read("n_inner", default=4 * d), read("activation_function", default="gelu_new"), bias=True
    )

    def block(i: int) -> BlockConfig:
        heads = _parts.heads(read, bias=True, out_bias=True)
        scale = (heads.d**-0.5 if scaled else 1.0) / (i + 1 if by_layer else 1)
        return BlockConfig(_parts.heads(read, bias=True, out_bias=True, scale=scale), mlp, norm)

    positions = read("n_positions", "max_position_embeddings", default=1024)
    blocks = [block(i) for i in range(_parts.count(read))]
    made = _parts.decoder(read, blocks, norm, tied=True, embedding={"positions": positions})
    return _parts.less_with_depth(made)


def keys(of: Config) -> Keys:
    """The map of names."""
    names = _parts.names(
        _PARTS,
        "transformer.wte",
        "transformer.h",
        "transformer.ln_f",
        embedding__positions="transformer.wpe.weight",
    )
    parts = tuple(f"stack.layers.*.attention.{x}" for x in "qkv")
    return Keys(
        names,
        {"transformer.h.*.attn.c_attn": Fused(parts)},
        transposed=False,
        inner="transformer",
        ignored=(r".*\.attn\.(bias|masked_bias)",),
    )
