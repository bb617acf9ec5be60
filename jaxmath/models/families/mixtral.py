"""Mixtral: as Mistral, with a mixture of experts.

Source: Jiang et al., *Mixtral of experts* (2024), arXiv:2401.04088.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MixtureConfig

_EXPERTS = {
    "mlp.router": "block_sparse_moe.gate",
    "mlp.expert_gate": "block_sparse_moe.experts.#.w1.weight",
    "mlp.expert_down": "block_sparse_moe.experts.#.w2.weight",
    "mlp.expert_up": "block_sparse_moe.experts.#.w3.weight",
}


def config(read: Read) -> Config:
    """The map of options."""
    layers, norm, turns = _parts.count(read), _parts.rms(read), read.rotary(_parts.heads(read).d, base=1e6)
    mlp = MixtureConfig(
        read("num_local_experts", "num_experts"),
        read("num_experts_per_tok"),
        read("intermediate_size"),
        read("hidden_act", default="silu"),
        normalise=True,
    )
    spans = _parts.windows(read, layers, [True] * layers)
    blocks = [BlockConfig(_parts.heads(read, rotary=turns, window=x), mlp, norm) for x in spans]
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _EXPERTS), inner="model")
