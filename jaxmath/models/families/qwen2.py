"""Qwen 2: as Llama, with biases of queries, keys and values.

Source: Yang et al., *Qwen2 technical report* (2024), arXiv:2407.10671.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig


def spans(read: Read) -> list[tuple[int, int] | None]:
    """How far back each layer looks: the first ones everywhere, later ones through a window if asked."""
    layers = _parts.count(read)
    first = read("max_window_layers", default=layers)
    slides = [i >= first for i in range(layers)]
    seen = _parts.windows(read, layers, slides)
    return seen if read("use_sliding_window", default=False) else [None] * layers


def config(read: Read) -> Config:
    """The map of options."""
    norm, mlp, turns = _parts.rms(read), _parts.gated(read), read.rotary(_parts.heads(read).d)
    blocks = [
        BlockConfig(_parts.heads(read, bias=True, rotary=turns, window=x), mlp, norm) for x in spans(read)
    ]
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(), inner="model", ignored=(r".*rotary_emb\.inv_freq",))
