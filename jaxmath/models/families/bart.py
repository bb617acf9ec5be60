"""BART: an encoder and a decoder with learned positions, norms after the sums.

Source: Lewis et al., *BART* (2019), arXiv:1910.13461.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.modules import (
    AttentionConfig,
    BlockConfig,
    EmbeddingConfig,
    MlpConfig,
    NormConfig,
    ReadoutConfig,
    StackConfig,
)

_LAYER = {
    "attention.q": "self_attn.q_proj",
    "attention.k": "self_attn.k_proj",
    "attention.v": "self_attn.v_proj",
    "attention.out": "self_attn.out_proj",
    "after.attention": "self_attn_layer_norm",
    "cross.q": "encoder_attn.q_proj",
    "cross.k": "encoder_attn.k_proj",
    "cross.v": "encoder_attn.v_proj",
    "cross.out": "encoder_attn.out_proj",
    "after.cross": "encoder_attn_layer_norm",
    "mlp.up": "fc1",
    "mlp.down": "fc2",
    "after.mlp": "final_layer_norm",
}


def config(read: Read) -> Config:
    """The map of options."""
    read.only("add_final_layer_norm", False)
    d, norm = read("d_model"), NormConfig("layer", 1e-5, bias=True)
    read("num_hidden_layers", "static_position_embeddings", "add_bias_logits", default=None)
    activation = read("activation_function", default="gelu")
    scale = d**0.5 if read("scale_embedding", default=False) else 1.0

    def blocks(side: str) -> tuple[BlockConfig, ...]:
        count = read(f"{side}_attention_heads")
        how = {"heads": count, "groups": count, "d": d // count, "bias": True, "out_bias": True}
        heads = AttentionConfig(**how, causal=side == "decoder")
        cross = AttentionConfig(**how, causal=False) if side == "decoder" else None
        mlp = MlpConfig(read(f"{side}_ffn_dim"), activation, bias=True)
        block = BlockConfig(heads, mlp, norm, before=False, after=True, cross=cross)
        return (block,) * read(f"{side}_layers")

    rows = read("max_position_embeddings")
    how = {"scale": scale, "positions": rows, "offset": 2, "norm": norm}
    return Config(
        family="bart",
        width=d,
        embedding=EmbeddingConfig(read("vocab_size"), d, **how),
        encoder=StackConfig(blocks("encoder"), None),
        decoder_embedding=EmbeddingConfig(0, d, **how),
        stack=StackConfig(blocks("decoder"), None),
        readout=ReadoutConfig(True, bias=True, constant=True),
        std=read("init_std", default=0.02),
    )


def keys(of: Config) -> Keys:
    """The map of names."""
    names = {"embedding.table": "model.shared.weight", "readout.bias": "final_logits_bias"}
    for stack, embedding in (("encoder", "embedding"), ("decoder", "decoder_embedding")):
        names |= {f"{stack}.layers.*.{x}": f"model.{stack}.layers.*.{y}" for x, y in _LAYER.items()}
        names |= {f"{embedding}.positions": f"model.{stack}.embed_positions.weight"}
        names |= {f"{embedding}.norm": f"model.{stack}.layernorm_embedding"}
    left = (r"(model\.)?(en|de)coder\.embed_tokens\.weight", r"(model\.)?(en|de)coder\.version")
    return Keys(names, inner="model", ignored=left, rows=("final_logits_bias",))
