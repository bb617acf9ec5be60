"""ModernBERT: an encoder with rotary positions, gated networks, two layers in three through a window.

Source: Warner et al., *Smarter, better, faster, longer* (2024), arXiv:2412.13663.
"""

import dataclasses

from jaxmath.models._config import Config
from jaxmath.models._initial import Law, Laws
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_PARTS = {
    "attention.out": "attn.Wo",
    "before.attention": "attn_norm",
    "before.mlp": "mlp_norm",
    "mlp.down": "mlp.Wo",
}
_KINDS = {"sliding_attention": ("local_rope_theta", 1e4), "full_attention": ("global_rope_theta", 16e4)}


def config(read: Read) -> Config:
    """The map of options."""
    for name in (
        "deterministic_flash_attn",
        "sparse_prediction",
        "sparse_pred_ignore_index",
        "layer_norm_eps",
    ):
        read(name, default=None)
    for name in ("reference_compile", "repad_logits_with_grad", "position_embedding_type"):
        read(name, default=None)
    layers, norm = (
        _parts.count(read),
        _parts.layer_norm(read, "norm_eps", bias=bool(read("norm_bias", default=False))),
    )
    every, far = read("global_attn_every_n_layers", default=3), read("local_attention", default=128) // 2
    default = ["full_attention" if i % every == 0 else "sliding_attention" for i in range(layers)]
    kinds, bias = read("layer_types", default=default), bool(read("attention_bias", default=False))
    activation = read("hidden_activation", default="gelu")
    mlp = MlpConfig(
        read("intermediate_size"), activation, gated=True, bias=bool(read("mlp_bias", default=False))
    )

    def block(i: int, kind: str) -> BlockConfig:
        name, base = _KINDS[kind]
        turns = read.rotary(_parts.heads(read).d, base=read(name, default=base), kind=kind)
        window = (far, far) if kind == "sliding_attention" else None
        heads = _parts.heads(read, bias=bias, out_bias=bias, causal=False, rotary=turns, window=window)
        return BlockConfig(heads, mlp, norm, first_norm=i > 0)

    for name, base in _KINDS.values():
        read(name, default=base)
    readout = {
        "bias": bool(read("decoder_bias", default=True)),
        "activation": read("classifier_activation", default="gelu"),
        "norm": norm,
        "dense_bias": bool(read("classifier_bias", default=False)),
    }
    blocks = [block(i, kind) for i, kind in enumerate(kinds)]
    made = _parts.decoder(read, blocks, norm, tied=True, embedding={"norm": norm}, readout=readout)
    cut = float(read("initializer_cutoff_factor", default=3.0))
    return _parts.less_with_depth(dataclasses.replace(made, initial=_initial(made, layers, cut)), cut)


def _initial(of: Config, layers: int, cut: float) -> Laws:
    """Nothing is more than `cut` standard deviations from zero; the read-out is like maps to the stream."""
    inside = ("embedding.table", "*.q.weight", "*.k.weight", "*.v.weight", "*.gate.weight", "*.up.weight")
    readout = ("readout.dense.weight", "readout.table.weight")
    less = Law(of.std / (2 * layers) ** 0.5, cut)
    return (*((x, Law(of.std, cut)) for x in inside), *((x, less) for x in readout))


def keys(of: Config) -> Keys:
    """The map of names."""
    names = _parts.names(
        _PARTS,
        "model.embeddings.tok_embeddings",
        norm="model.final_norm",
        embedding__norm="model.embeddings.norm",
        readout__dense="head.dense",
        readout__norm="head.norm",
        readout__bias="decoder.bias",
    )
    fused = {
        "model.layers.*.attn.Wqkv": Fused(tuple(f"stack.layers.*.attention.{x}" for x in "qkv")),
        "model.layers.*.mlp.Wi": Fused(("stack.layers.*.mlp.gate", "stack.layers.*.mlp.up")),
    }
    return Keys(names, fused, inner="model")
