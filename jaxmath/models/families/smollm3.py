"""SmolLM3: as Llama, with some layers that know no positions.

Source: Hugging Face, *SmolLM3* (2025).
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig


def config(read: Read) -> Config:
    """The map of options."""
    layers, norm, turns = _parts.count(read), _parts.rms(read), read.rotary(_parts.heads(read).d)
    bias = bool(read("attention_bias", default=False))
    mlp = _parts.gated(read, bias=bool(read("mlp_bias", default=False)))
    every = read("no_rope_layer_interval", default=4)
    turned = read("no_rope_layers", default=[int((i + 1) % every != 0) for i in range(layers)])
    read("max_window_layers", default=None)
    spans = _parts.windows(read, layers, [not x for x in turned])
    spans = spans if read("use_sliding_window", default=False) else [None] * layers
    blocks = [
        BlockConfig(
            _parts.heads(read, bias=bias, out_bias=bias, rotary=turns if x else None, window=y), mlp, norm
        )
        for x, y in zip(turned, spans, strict=True)
    ]
    return _parts.decoder(read, blocks, norm, tied=True)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(), inner="model")
