"""OPT: learned positions, norms before (or after, in the model of 350 million), ReLU.

Source: Zhang et al., *OPT* (2022), arXiv:2205.01068.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig, NormConfig


def config(read: Read) -> Config:
    """The map of options."""
    affine = bool(read("layer_norm_elementwise_affine", default=True))
    norm = NormConfig("layer", 1e-5, weight=affine, bias=affine)
    bias, first = bool(read("enable_bias", default=True)), bool(read("do_layer_norm_before", default=True))
    heads = _parts.heads(read, bias=bias, out_bias=bias)
    mlp = MlpConfig(read("ffn_dim"), read("activation_function", default="relu"), bias=bias)
    blocks = [BlockConfig(heads, mlp, norm, before=first, after=not first)] * _parts.count(read)
    last = first and not read("_remove_final_layer_norm", default=False)
    narrow = read("word_embed_proj_dim", default=_parts.width(read))
    embedding = {"positions": read("max_position_embeddings"), "offset": 2}
    embedding |= {"project": None if narrow == _parts.width(read) else narrow}
    return _parts.decoder(read, blocks, norm if last else None, tied=True, embedding=embedding)


def keys(of: Config) -> Keys:
    """The map of names."""
    where = "before" if of.stack.blocks[0].before else "after"
    parts = {
        "attention.q": "self_attn.q_proj",
        "attention.k": "self_attn.k_proj",
        "attention.v": "self_attn.v_proj",
        "attention.out": "self_attn.out_proj",
        f"{where}.attention": "self_attn_layer_norm",
        f"{where}.mlp": "final_layer_norm",
        "mlp.up": "fc1",
        "mlp.down": "fc2",
    }
    inner = "model.decoder"
    more = {
        "embedding__positions": f"{inner}.embed_positions.weight",
        "embedding__project": f"{inner}.project_in",
        "readout__narrow": f"{inner}.project_out",
    }
    names = _parts.names(
        parts, f"{inner}.embed_tokens", f"{inner}.layers", f"{inner}.final_layer_norm", **more
    )
    return Keys(names, inner="model")
