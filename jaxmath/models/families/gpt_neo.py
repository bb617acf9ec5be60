"""GPT-Neo: as GPT-2, every other layer through a window, scores that are not scaled.

Source: Black et al., *GPT-Neo* (2021), doi:10.5281/zenodo.5297715.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_PARTS = {
    "attention.q": "attn.attention.q_proj",
    "attention.k": "attn.attention.k_proj",
    "attention.v": "attn.attention.v_proj",
    "attention.out": "attn.attention.out_proj",
    "before.attention": "ln_1",
    "before.mlp": "ln_2",
    "mlp.up": "mlp.c_fc",
    "mlp.down": "mlp.c_proj",
}


def config(read: Read) -> Config:
    """The map of options."""
    d, norm, size = _parts.width(read), _parts.layer_norm(read), read("window_size", default=256)
    kinds = [x for pattern, times in read("attention_types") for _ in range(times) for x in pattern]
    read("attention_layers", default=None)
    activation = read("activation_function", default="gelu_new")
    mlp = MlpConfig(read("intermediate_size", default=4 * d), activation, bias=True)
    spans = [(size - 1, 0) if x == "local" else None for x in kinds]
    blocks = [BlockConfig(_parts.heads(read, out_bias=True, scale=1.0, window=x), mlp, norm) for x in spans]
    read("num_layers")
    return _parts.decoder(
        read, blocks, norm, tied=True, embedding={"positions": read("max_position_embeddings")}
    )


def keys(of: Config) -> Keys:
    """The map of names."""
    positions = "transformer.wpe.weight"
    names = _parts.names(
        _PARTS, "transformer.wte", "transformer.h", "transformer.ln_f", embedding__positions=positions
    )
    return Keys(names, inner="transformer", ignored=(r".*\.attn\.attention\.(bias|masked_bias)",))
