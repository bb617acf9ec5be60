"""DistilBERT: as BERT, without kinds of tokens.

Source: Sanh et al., *DistilBERT* (2019), arXiv:1910.01108.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig, NormConfig

_LAYER = {
    "attention.q": "attention.q_lin",
    "attention.k": "attention.k_lin",
    "attention.v": "attention.v_lin",
    "attention.out": "attention.out_lin",
    "after.attention": "sa_layer_norm",
    "after.mlp": "output_layer_norm",
    "mlp.up": "ffn.lin1",
    "mlp.down": "ffn.lin2",
}


def config(read: Read) -> Config:
    """The map of options."""
    read.only("sinusoidal_pos_embds", False, True)
    norm, activation = NormConfig("layer", 1e-12, bias=True), read("activation", default="gelu")
    heads = _parts.heads(read, bias=True, out_bias=True, causal=False)
    mlp = MlpConfig(read("hidden_dim"), activation, bias=True)
    blocks = [BlockConfig(heads, mlp, norm, before=False, after=True)] * _parts.count(read)
    embedding = {"positions": read("max_position_embeddings"), "norm": norm}
    readout = {"bias": True, "activation": activation, "norm": norm}
    return _parts.decoder(read, blocks, None, tied=True, embedding=embedding, readout=readout)


def keys(of: Config) -> Keys:
    """The map of names."""
    names = {f"stack.layers.*.{x}": f"distilbert.transformer.layer.*.{y}" for x, y in _LAYER.items()}
    names |= {
        "embedding.table": "distilbert.embeddings.word_embeddings.weight",
        "embedding.positions": "distilbert.embeddings.position_embeddings.weight",
        "embedding.norm": "distilbert.embeddings.LayerNorm",
        "readout.dense": "vocab_transform",
        "readout.norm": "vocab_layer_norm",
        "readout.bias": "vocab_projector.bias",
    }
    return Keys(names, inner="distilbert", ignored=(r"vocab_projector\.weight", r".*position_ids"))
