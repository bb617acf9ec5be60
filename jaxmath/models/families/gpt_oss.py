"""gpt-oss: learned sinks, every other layer through a window, clipped gates.

Source: OpenAI, *gpt-oss-120b & gpt-oss-20b model card* (2025), arXiv:2508.10925.
"""

import dataclasses

from jaxmath.models._config import Config
from jaxmath.models._initial import Law
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MixtureConfig

_PARTS = {
    "attention.sink": "self_attn.sinks",
    "mlp.router": "mlp.router",
    "mlp.expert_down": "mlp.experts.down_proj",
    "mlp.expert_down_bias": "mlp.experts.down_proj_bias",
}


def config(read: Read) -> Config:
    """The map of options."""
    read.only("swiglu_limit", 7.0)
    read.only("swiglu_alpha", 1.702)
    read.only("hidden_act", "silu")
    read("initial_context_length", "experts_per_token", default=None)
    layers, norm, d = _parts.count(read), _parts.rms(read), read("head_dim", default=64)
    bias, turns = bool(read("attention_bias", default=True)), read.rotary(d, base=150000.0)
    mlp = MixtureConfig(
        read("num_local_experts", "num_experts"),
        read("num_experts_per_tok"),
        read("intermediate_size"),
        "clamped",
        normalise=True,
        bias=True,
    )
    spans = _parts.windows(read, layers, [i % 2 == 0 for i in range(layers)])
    how = {"d": d, "bias": bias, "out_bias": bias, "rotary": turns, "sink": True}
    blocks = [BlockConfig(_parts.heads(read, window=x, **how), mlp, norm) for x in spans]
    made = _parts.decoder(read, blocks, norm)
    drawn = ("*.attention.sink", "*.mlp.router.bias")
    return dataclasses.replace(made, initial=tuple((x, Law(made.std)) for x in drawn))


def keys(of: Config) -> Keys:
    """The map of names."""
    width = of.stack.blocks[0].mlp.width
    pair, theirs = (
        ("stack.layers.*.mlp.expert_gate", "stack.layers.*.mlp.expert_up"),
        "model.layers.*.mlp.experts",
    )
    fused = {
        f"{theirs}.gate_up_proj": Fused(pair, width),
        f"{theirs}.gate_up_proj_bias": Fused(tuple(f"{x}_bias" for x in pair), width),
    }
    return Keys(_parts.names(_parts.LLAMA | _PARTS), fused, inner="model")
