"""T5: an encoder and a decoder with relative positions, RMS norms, scores that are not scaled.

Source: Raffel et al., *Exploring the limits of transfer learning* (2020), arXiv:1910.10683.
"""

from jaxmath.models._config import Config
from jaxmath.models._initial import Law, Laws
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import (
    AttentionConfig,
    BlockConfig,
    EmbeddingConfig,
    MlpConfig,
    NormConfig,
    ReadoutConfig,
    StackConfig,
)

_ATTENTION = {"q": "q", "k": "k", "v": "v", "out": "o"}


def config(read: Read) -> Config:
    """The map of options."""
    d, layers, heads = _parts.width(read), _parts.count(read), read("num_heads")
    name = read("feed_forward_proj", default="relu")
    read("is_gated_act", "dense_act_fn", "num_decoder_layers", "scale_decoder_outputs", default=None)
    activation = "gelu_new" if name == "gated-gelu" else name.removeprefix("gated-")
    mlp = MlpConfig(read("d_ff"), activation, gated=name.startswith("gated-"))
    norm = NormConfig("rms", read("layer_norm_epsilon", default=1e-6))
    ahead, back = (
        AttentionConfig(heads, heads, read("d_kv"), scale=1.0, causal=causal) for causal in (False, True)
    )
    buckets = read("relative_attention_num_buckets", default=32)
    far = read("relative_attention_max_distance", default=128)
    encoder = (BlockConfig(ahead, mlp, norm),) * layers
    decoder = (BlockConfig(back, mlp, norm, cross=ahead),) * read("num_decoder_layers", default=layers)
    tied = bool(read("tie_word_embeddings", default=True))
    scaled = bool(read("scale_decoder_outputs", default=tied))
    return Config(
        family="t5",
        width=d,
        embedding=EmbeddingConfig(read("vocab_size"), d),
        encoder=StackConfig(encoder, norm, buckets, far),
        decoder_embedding=EmbeddingConfig(0, d),
        stack=StackConfig(decoder, norm, buckets, far),
        readout=ReadoutConfig(tied, scale=d**-0.5 if scaled else 1.0),
        initial=_initial(
            d, heads * ahead.d, mlp.width, ahead.d, float(read("initializer_factor", default=1))
        ),
    )


def _initial(d: int, inner: int, width: int, key: int, factor: float) -> Laws:
    """As Mesh TensorFlow has it: what a map reads is as many terms; queries carry the root of the scores."""
    std = {"attention.k": d, "attention.v": d, "attention.q": d * key, "attention.out": inner}
    std |= {x.replace("attention", "cross"): y for x, y in std.items()}
    std |= {"mlp.gate": d, "mlp.up": d, "mlp.down": width}
    inside = tuple((f"*.layers.*.{x}.weight", Law(factor * y**-0.5)) for x, y in std.items())
    outside = (("embedding.table", Law(factor)), ("readout.table.weight", Law(factor)))
    return (*inside, *outside, ("*.buckets", Law(factor * d**-0.5)))


def keys(of: Config) -> Keys:
    """The map of names."""
    names = {"embedding.table": "shared.weight", "readout.table": "lm_head"}
    for stack in ("encoder", "decoder"):
        theirs, last = f"{stack}.block.*.layer", 1 if stack == "encoder" else 2
        ours = f"{stack}.layers.*"
        names |= {f"{ours}.attention.{x}": f"{theirs}.0.SelfAttention.{y}" for x, y in _ATTENTION.items()}
        names |= {f"{ours}.cross.{x}": f"{theirs}.1.EncDecAttention.{y}" for x, y in _ATTENTION.items()}
        gate, up = ("wi_0", "wi_1") if of.stack.blocks[0].mlp.gated else ("", "wi")  # type: ignore[union-attr]
        names |= {f"{ours}.mlp.gate": f"{theirs}.{last}.DenseReluDense.{gate}"}
        names |= {f"{ours}.mlp.up": f"{theirs}.{last}.DenseReluDense.{up}"}
        names |= {f"{ours}.mlp.down": f"{theirs}.{last}.DenseReluDense.wo"}
        names |= {f"{ours}.before.attention": f"{theirs}.0.layer_norm"}
        names |= {f"{ours}.before.cross": f"{theirs}.1.layer_norm"}
        names |= {
            f"{ours}.before.mlp": f"{theirs}.{last}.layer_norm",
            f"{stack}.norm": f"{stack}.final_layer_norm",
        }
        bias = f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        names |= {f"{stack}.buckets": bias}
    left = (r"(en|de)coder\.embed_tokens\.weight", r".*EncDecAttention\.relative_attention_bias\.weight")
    return Keys(names, ignored=left)
