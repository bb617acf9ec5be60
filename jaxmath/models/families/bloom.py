"""BLOOM: ALiBi, a norm of embeddings.

Source: BigScience, *BLOOM* (2022), arXiv:2211.05100.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

PARTS = {
    "attention.out": "self_attention.dense",
    "before.attention": "input_layernorm",
    "before.mlp": "post_attention_layernorm",
    "mlp.up": "mlp.dense_h_to_4h",
    "mlp.down": "mlp.dense_4h_to_h",
}
QKV = tuple(f"stack.layers.*.attention.{x}" for x in "qkv")


def slopes(h: int) -> tuple[float, ...]:
    """One for each head, as `definitions.alibi_slopes`, in double precision."""
    c = 2 ** (h.bit_length() - 1)
    steps = [8 * i / c for i in range(1, c + 1)] + [8 * i / (2 * c) for i in range(1, 2 * c, 2)]
    return tuple(2.0**-x for x in steps[:h])


def config(read: Read) -> Config:
    """The map of options."""
    read.only("apply_residual_connection_post_layernorm", False)
    read("slow_but_exact", default=None)
    norm, d = _parts.layer_norm(read), _parts.width(read)
    count = read("n_head", "num_attention_heads")
    heads = _parts.heads(read, groups=count, bias=True, out_bias=True, slopes=slopes(count))
    mlp = MlpConfig(4 * d, "gelu_bloom", bias=True)
    blocks = [BlockConfig(heads, mlp, norm)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm, tied=True, embedding={"norm": norm})


def keys(of: Config) -> Keys:
    """The map of names."""
    names = _parts.names(
        PARTS,
        "transformer.word_embeddings",
        "transformer.h",
        "transformer.ln_f",
        embedding__norm="transformer.word_embeddings_layernorm",
    )
    heads = of.stack.blocks[0].attention.heads
    return Keys(
        names, {"transformer.h.*.self_attention.query_key_value": Fused(QKV, heads)}, inner="transformer"
    )
