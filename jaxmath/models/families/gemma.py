"""Gemma 1 to 3: weights of norms stored less one, embeddings scaled, from 2 on norms on both sides.

Source: Gemma team, *Gemma* (2024), arXiv:2403.08295; *Gemma 2* (2024), arXiv:2408.00118;
*Gemma 3* (2025), arXiv:2503.19786.
"""

from typing import Any

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, RotaryConfig

_SANDWICH = {
    "inside.attention": "post_attention_layernorm",
    "before.mlp": "pre_feedforward_layernorm",
    "inside.mlp": "post_feedforward_layernorm",
}


def config(read: Read) -> Config:
    """The map of options."""
    kind, layers = read.raw["model_type"], _parts.count(read)
    read.only("use_bidirectional_attention", False)
    norm = _parts.rms(read, stored_less=1.0)
    bias, d = bool(read("attention_bias", default=False)), read("head_dim", default=256)
    how: dict[str, Any] = {"d": d, "bias": bias, "out_bias": bias}
    readout = {}
    if kind != "gemma":
        how |= {"scale": read("query_pre_attn_scalar", default=256) ** -0.5}
        how |= {"soft_cap": read("attn_logit_softcapping", default=None)}
        readout = {"soft_cap": read("final_logit_softcapping", default=None)}
    if kind == "gemma3_text":
        how |= {"norm": norm}
    activation = read("hidden_activation", "hidden_act", default="gelu_pytorch_tanh")
    activation = "gelu_pytorch_tanh" if activation == "gelu" else activation
    mlp = _parts.MlpConfig(read("intermediate_size"), activation, gated=True)
    every = 2 if kind == "gemma2" else read("sliding_window_pattern", "_sliding_window_pattern", default=6)
    slides = [kind != "gemma" and (i + 1) % every != 0 for i in range(layers)]
    blocks = []
    for span in _parts.windows(read, layers, slides):
        heads = _parts.heads(read, rotary=_turns(read, d, kind, span is not None), window=span, **how)
        blocks.append(BlockConfig(heads, mlp, norm, inside=kind != "gemma"))
    embedding = {"scale": _parts.width(read) ** 0.5}
    return _parts.decoder(read, blocks, norm, tied=True, embedding=embedding, readout=readout)


def _turns(read: Read, d: int, kind: str, slides: bool) -> RotaryConfig:
    if kind != "gemma3_text":
        return read.rotary(d)
    local = read("rope_local_base_freq", default=10000.0)
    if not slides:
        return read.rotary(d, kind="full_attention", base=1e6)
    if "sliding_attention" in read("rope_parameters", default={}):
        return read.rotary(d, kind="sliding_attention", base=local)
    return RotaryConfig(d, local, positions=read("max_position_embeddings", default=0))


def keys(of: Config) -> Keys:
    """The map of names."""
    parts = _parts.LLAMA if of.family == "gemma" else _parts.LLAMA | _SANDWICH | _parts.QK_NORM
    return Keys(_parts.names(parts), inner="model", ignored=(r".*rotary_emb\..*inv_freq",))
