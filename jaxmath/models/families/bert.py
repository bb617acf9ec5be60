"""BERT: an encoder with learned positions and kinds, norms after the sums.

Source: Devlin et al., *BERT* (2018), arXiv:1810.04805; their code draws initial weights anew
that are more than two standard deviations from zero (`truncated_normal_initializer`).
"""

import dataclasses

from jaxmath.models._config import Config, is_bare
from jaxmath.models._initial import Law
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts
from jaxmath.modules import BlockConfig, MlpConfig

_LAYER = {
    "attention.q": "attention.self.query",
    "attention.k": "attention.self.key",
    "attention.v": "attention.self.value",
    "attention.out": "attention.output.dense",
    "after.attention": "attention.output.LayerNorm",
    "after.mlp": "output.LayerNorm",
    "mlp.up": "intermediate.dense",
    "mlp.down": "output.dense",
}

_MAPS = ("q", "k", "v", "out", "up", "down", "dense")
_DRAWN = ("embedding.[tp]*", "pooler.weight", *(f"*.{x}.weight" for x in _MAPS))


def config(read: Read) -> Config:
    """The map of options."""
    read.only("position_embedding_type", "absolute")
    read.only("is_decoder", False)
    norm, activation = _parts.layer_norm(read, default=1e-12), read("hidden_act", default="gelu")
    heads = _parts.heads(read, bias=True, out_bias=True, causal=False)
    mlp = MlpConfig(read("intermediate_size"), activation, bias=True)
    blocks = [BlockConfig(heads, mlp, norm, before=False, after=True)] * _parts.count(read)
    embedding = {"positions": read("max_position_embeddings"), "types": read("type_vocab_size"), "norm": norm}
    readout = {"bias": True, "activation": activation, "norm": norm}
    (architecture, *_) = read.raw.get("architectures") or [""]
    made = _parts.decoder(read, blocks, None, tied=True, embedding=embedding, readout=readout)
    cut = tuple((x, Law(made.std, 2.0)) for x in _DRAWN)
    return dataclasses.replace(made, pooler=is_bare(architecture), initial=cut)


def keys(of: Config) -> Keys:
    """The map of names."""
    return encoder_keys(
        "bert",
        {
            "readout.dense": "cls.predictions.transform.dense",
            "readout.norm": "cls.predictions.transform.LayerNorm",
            "readout.bias": "cls.predictions.bias",
        },
        (r"cls\.(predictions\.decoder|seq_relationship)\..*",),
    )


def encoder_keys(inner: str, head: dict[str, str], ignored: tuple[str, ...]) -> Keys:
    """The map of names of an encoder like BERT."""
    names = {f"stack.layers.*.{x}": f"{inner}.encoder.layer.*.{y}" for x, y in _LAYER.items()}
    names |= {
        "embedding.table": f"{inner}.embeddings.word_embeddings.weight",
        "embedding.positions": f"{inner}.embeddings.position_embeddings.weight",
        "embedding.types": f"{inner}.embeddings.token_type_embeddings.weight",
        "embedding.norm": f"{inner}.embeddings.LayerNorm",
        "pooler": f"{inner}.pooler.dense",
    }
    old = ((r"\.gamma$", ".weight"), (r"\.beta$", ".bias"))
    # A pooler is left over where a model with a head was made from one without.
    left = (rf"({inner}\.)?embeddings\.position_ids", rf"{inner}\.pooler\..*")
    return Keys(names | head, inner=inner, ignored=(*ignored, *left), old=old)
