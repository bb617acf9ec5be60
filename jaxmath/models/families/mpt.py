"""MPT: ALiBi, layer norms without biases.

Source: MosaicML, *Introducing MPT-7B* (2023).
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_PARTS = {
    "attention.out": "attn.out_proj",
    "before.attention": "norm_1",
    "before.mlp": "norm_2",
    "mlp.up": "ffn.up_proj",
    "mlp.down": "ffn.down_proj",
}


def config(read: Read) -> Config:
    """The map of options."""
    given = Read({"model_type": "mpt", **read("attn_config", default={})})
    d, count = _parts.width(read), read("n_heads")
    scale, clip = given("softmax_scale", default=None), given("clip_qkv", default=None)
    steep = given("alibi_bias_max", default=8)
    for name in ("attn_type", "attn_impl", "attn_uses_sequence_id"):
        given(name, default=None)
    given.only("alibi", True)
    given.only("prefix_lm", False)
    given.only("qk_ln", False)
    given.finish()
    read.only("no_bias", True)
    for name in ("learned_pos_emb", "norm_type", "max_seq_len", "verbose", "fc_type"):
        read(name, default=None)
    read.only("embedding_fraction", 1.0)
    read.only("logit_scale")
    norm = _parts.layer_norm(read, bias=False)
    heads = _parts.heads(read, scale=scale, clip=clip, slopes=_slopes(count, steep))
    mlp = MlpConfig(read("expansion_ratio", default=4) * d, "gelu")
    blocks = [BlockConfig(heads, mlp, norm)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm, tied=True)


def _slopes(h: int, steep: float) -> tuple[float, ...]:
    """Those of the next power of two heads, every other one first."""
    c = 2 ** (h - 1).bit_length()
    slopes = [2.0 ** -(steep * i / c) for i in range(1, c + 1)]
    return tuple(slopes if c == h else (slopes[1::2] + slopes[::2])[:h])


def keys(of: Config) -> Keys:
    """The map of names."""
    parts = tuple(f"stack.layers.*.attention.{x}" for x in "qkv")
    names = _parts.names(_PARTS, "transformer.wte", "transformer.blocks", "transformer.norm_f")
    return Keys(names, {"transformer.blocks.*.attn.Wqkv": Fused(parts)}, inner="transformer")
