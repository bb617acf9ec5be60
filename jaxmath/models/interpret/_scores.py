"""Scores before the last layer, and what of them comes from where."""

from collections.abc import Iterator
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.kernels._numeric import wide
from jaxmath.models._readout import Readout
from jaxmath.models._transformer import Transformer
from jaxmath.modules import Attention
from jaxmath.modules.blocks import Block

Named = Iterator[tuple[str, Array]]


class Attribution(NamedTuple):
    """What each component adds to the score of each token.

    Attributes:
      names: `embedding`, `layers.0.head.3`, `layers.0.attention` (its bias, or all of it where it cannot be
        split), `layers.0.mlp`, `norm` (its bias), `readout` (its bias).
      values: one row for each; rows add up to the scores, before a soft cap.
    """

    names: tuple[str, ...]
    values: Float[Array, "parts v"]


def lens(
    model: Transformer,
    ids: Int[Array, " n"],
    translators: tuple[Float[Array, "l d d"], Float[Array, "l d"]] | None = None,
) -> Float[Array, "l n v"]:
    """Scores that the residual stream would give before the first layer and after every one of them.

    Args:
      model: with a read-out.
      ids: one text.
      translators: of a tuned lens, one matrix and shift for each place in the stream, the last included;
        without them the logit lens.

    Returns:
      One row more than the model has layers; without translators the last one holds the scores of the model.

    Raises:
      ValueError: if the model has no read-out.
    """
    readout = _readout("lens", model)
    found = model(ids[None], capture=("residual.*",)).captured
    x = jnp.stack([found[f"residual.{i}"][0] for i in range(len(model.stack.layers) + 1)])
    if translators is not None:
        x = x @ translators[0] + translators[1][:, None, :]
    scores: Array = readout(x if model.stack.norm is None else model.stack.norm(x), model._table)
    return scores


def attribution(model: Transformer, ids: Int[Array, " n"], position: int = -1) -> Attribution:
    """Direct logit attribution at one position, with the last norm at the scale that it has there.

    Args:
      model: with norms before its branches, and a linear read-out.
      ids: one text.
      position: whose scores are looked at.

    Raises:
      ValueError: if the scores are not a sum over components of the stream.
    """
    readout = _linear(model)
    found = model(ids[None], capture=("residual.0", "layers.*.out", "layers.*.attention.heads")).captured
    here = {name: x[0, ..., position, :] for name, x in found.items()}
    written = list(_written(model, here))
    stream = jnp.stack([x for _, x in written])
    parts = _normed(model, stream.astype(wide(stream)))
    names = (*(name for name, _ in written), "norm")[: len(parts)]
    table = jnp.asarray(model._table) if readout.table is None else readout.table.weight[...].T
    values = readout._prepared(parts) @ table.T.astype(parts.dtype)
    bias = readout._shift if readout.table is None else readout.table.bias
    if bias is not None:
        names, values = (*names, "readout"), jnp.concatenate([values, bias[...][None].astype(values.dtype)])
    return Attribution(names, values)


def _written(model: Transformer, here: dict[str, Array]) -> Named:
    """What is written to the stream, with names."""
    yield "embedding", here["residual.0"]
    for i, block in enumerate(model.stack.layers):
        yield from _heads(f"layers.{i}", block, here)
        yield f"layers.{i}.mlp", here[f"layers.{i}.mlp.out"]


def _heads(name: str, block: Block, here: dict[str, Array]) -> Named:
    whole = here[f"{name}.attention.out"]
    if not isinstance(block.attention, Attention) or block.config.inside:
        yield f"{name}.attention", whole
        return
    means = here[f"{name}.attention.heads"]
    means = means.reshape(-1, means.shape[-1])
    out = block.attention.out.weight[...].reshape(*means.shape, -1)
    written = jnp.einsum("he,hed->hd", means, out) * jnp.asarray(block.config.residual, whole.dtype)
    for j, x in enumerate(written):
        yield f"{name}.head.{j}", x
    yield f"{name}.attention", whole - written.sum(0)


def _normed(model: Transformer, parts: Array) -> Array:
    """Components after the last norm, and its bias, if it has one, as one more."""
    norm = model.stack.norm
    if norm is None:
        return parts
    weight = None if norm.weight is None else norm.weight[...].astype(parts.dtype) + norm.config.stored_less
    frozen = definitions.logit_attribution.frozen_norm(parts, weight, norm.config.eps, kind=norm.config.kind)
    if norm.bias is None:
        return frozen
    return jnp.concatenate([frozen, norm.bias[...][None].astype(parts.dtype)])


def _readout(function: str, model: Transformer) -> Readout:
    if model.readout is None:
        raise ValueError(
            f"{function}: model must have a read-out, but this one has none. Load one with scores."
        )
    return model.readout


def _linear(model: Transformer) -> Readout:
    readout = _readout("attribution", model)
    after = [i for i, block in enumerate(model.stack.layers) if block.config.after]
    if after:
        raise ValueError(
            "attribution: model must add to its stream without a norm after the sum, but layer "
            f"{after[0]} has one, so that what was written before is no summand of the scores. Use `lens`."
        )
    if readout.dense is not None:
        raise ValueError(
            "attribution: model must have a linear read-out, but this one activates a layer before the "
            "table. Use `lens`."
        )
    return readout
