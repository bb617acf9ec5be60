"""How layers follow each other: one by one, or in a scan; and what of them is computed anew backward.

Neither changes what is computed. A scan reads the program of a layer once, where that would be repeated for
every layer; what is computed anew (`remat`) need not be kept from the forward to the backward pass.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from jaxmath.modules._record import Record
from jaxmath.modules.attention._parts import Context

# A layer with its keys and values, and those of its cross-attention.
Layer = tuple[Any, Any, Any]
Kept = list[tuple[Any, Any]]


class Repeats(NamedTuple):
    """The longest part of a sequence that repeats itself.

    Attributes:
      first: where it begins.
      period: after how many items it does.
      times: how often.
    """

    first: int
    period: int
    times: int


def one_by_one(x: Array, layers: Sequence[Layer], context: Context, remat: bool) -> tuple[Array, Kept]:
    """Layers one after the other, each with a program of its own."""
    kept = []
    x = context.record.through("residual.0", x)
    for i, layer in enumerate(layers):
        inner = context._replace(record=context.record.inside(f"layers.{i}"))
        x, *found = _apply(x, layer, inner, remat)
        x = context.record.through(f"residual.{i + 1}", x)
        kept.append((found[0], found[1]))
    return x, kept


def scanned(x: Array, layers: Sequence[Layer], context: Context, remat: bool) -> tuple[Array, Kept]:
    """Layers of which those that repeat themselves share a program; nothing is recorded."""
    context = context._replace(record=Record())
    first, period, times = repeats([_kind(layer) for layer in layers])
    last = first + period * times
    groups = [tuple(layers[i : i + period]) for i in range(first, last, period)]
    x, kept = one_by_one(x, layers[:first], context, remat)

    def step(x: Array, group: Sequence[Layer]) -> tuple[Array, Kept]:
        return one_by_one(x, group, context, remat)

    if groups:
        x, found = lax.scan(step, x, jax.tree.map(lambda *y: jnp.stack(y), *groups))
        for i in range(times):
            kept += jax.tree.map(lambda y, i=i: y[i], found)
    x, more = one_by_one(x, layers[last:], context, remat)
    return x, kept + more


def repeats(items: Sequence[Any]) -> Repeats:
    """The longest part of a sequence that repeats itself, with the shortest period.

    >>> repeats("xababab")
    Repeats(first=1, period=2, times=3)
    """
    best = Repeats(0, 1, 0)
    for period in range(1, len(items) // 2 + 1):
        for first in range(len(items) - 2 * period + 1):
            same = 0
            while first + same + period < len(items) and items[first + same] == items[first + same + period]:
                same += 1
            times = same // period + 1
            if times > 1 and times * period > best.times * best.period:
                best = Repeats(first, period, times)
    return best


def _apply(x: Array, layer: Layer, context: Context, remat: bool) -> tuple[Array, Any, Any]:
    if not remat:
        block, pair, other = layer
        return block(x, context, pair, other)
    record = context.record

    def run(x: Array, layer: Layer) -> tuple[tuple[Array, Any, Any], dict[str, Array]]:
        block, pair, other = layer
        inner = record.apart()  # what is noted goes out as a value
        return block(x, context._replace(record=inner), pair, other), inner.values

    found, values = jax.checkpoint(run)(x, layer)
    record.values.update(values)
    return found


def _kind(layer: Layer) -> Any:
    """What two layers have in common that can share a program."""
    leaves, tree = jax.tree.flatten(layer)
    return tree, [(x.shape, x.dtype) for x in leaves]
