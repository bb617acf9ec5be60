"""The constructed induction model, as a model."""

import jax
import jax.numpy as jnp
from flax import nnx

from jaxmath import definitions
from jaxmath.models._config import Config
from jaxmath.models._transformer import Transformer
from jaxmath.modules import (
    AttentionConfig,
    BlockConfig,
    EmbeddingConfig,
    MlpConfig,
    NormConfig,
    ReadoutConfig,
    StackConfig,
)


def induction_model(v: int, t: int, gain: float = 100.0) -> Transformer:
    """Two layers that continue what they have seen: a model whose circuits are known, to try tools on.

    That of `jaxmath.definitions.induction.induction_model`: no norms, networks that write nothing, one head a
    layer. A text has to begin with a token that does not occur again.

    Args:
      v: words of the vocabulary.
      t: positions.
      gain: score of what a head looks for.
    """
    params = definitions.induction.induction_model(v, t, gain)
    blocks = tuple(_block(layer) for layer in params.layers)
    d = params.embedding.shape[1]
    embedding = EmbeddingConfig(v, d, positions=t)
    config = Config("induction", d, embedding, StackConfig(blocks, None), ReadoutConfig(tied=False))
    model = Transformer(config, rngs=nnx.Rngs(0), dtype=params.embedding.dtype)
    # What is not set below writes nothing.
    model = jax.tree.map(jnp.zeros_like, model)
    values = {"embedding.table": params.embedding, "embedding.positions": params.positions}
    values["readout.table.weight"] = params.unembedding.T
    for i, layer in enumerate(params.layers):
        whole = {"q": layer.wq[0], "k": layer.wk[0], "v": layer.wv[0], "out": layer.wo[0]}
        values |= {f"stack.layers.{i}.attention.{name}.weight": x for name, x in whole.items()}
    return _filled(model, values)


def _block(layer: definitions.MultiHeadParams) -> BlockConfig:
    _, _, k = layer.wq.shape
    attention = AttentionConfig(1, 1, k, layer.wv.shape[2])
    return BlockConfig(attention, MlpConfig(1, "relu"), NormConfig(), before=False)


def _filled(model: Transformer, values: dict[str, jax.Array]) -> Transformer:
    graph, state = nnx.split(model)
    flat = dict(nnx.to_flat_state(state))
    for path, leaf in flat.items():
        name = ".".join(map(str, path))
        if name in values:
            flat[path] = leaf.replace(values[name])
    filled: Transformer = nnx.merge(graph, nnx.from_flat_state(flat))
    return filled
