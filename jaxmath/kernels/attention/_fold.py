"""Any number of leading axes become two: items, and readers of the same keys.

Operands of a kernel carry the same number of leading axes, each of full size or one. Axes along which
neither keys nor values vary are *readers* (the query heads of a group, or a batch over shared keys): their
rows meet the same keys, so they are laid side by side in one product. The others are *items*. Work is done
on chunks of items; an operand that is shared among items is never repeated.
"""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp

from jaxmath.kernels._numeric import sum_to

# The axes of one item, after the leading ones.
CORE = {
    "q": 2,
    "k": 2,
    "v": 2,
    "bias": 2,
    "mask": 2,
    "sink": 0,
    "slopes": 0,
    "query_segments": 1,
    "key_segments": 1,
    "offset": 0,
    "prefix": 0,
    "query_lengths": 0,
    "key_lengths": 0,
    "dropout_key": 1,
}


@dataclasses.dataclass(frozen=True)
class Fold:
    """Which leading axes are items and which are readers, and their sizes.

    Attributes:
      items: the item axes, in order.
      readers: the reader axes, in order.
      sizes: the full size of every leading axis.
    """

    items: tuple[int, ...]
    readers: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return math.prod(self.sizes[a] for a in self.items)

    @property
    def n_readers(self) -> int:
        """How many readers share an item's keys."""
        return math.prod(self.sizes[a] for a in self.readers)

    @property
    def unit(self) -> int:
        """The size of the last item axis: chunks are divisors of it, so that no chunk straddles two rows."""
        return self.sizes[self.items[-1]] if self.items else 1

    def flat(self, x: jax.Array, full: tuple[int, ...] = ()) -> jax.Array:
        """From leading axes to `[items, readers, ...]`, repeating along the axes in `full`."""
        lead = len(self.sizes)
        if any(x.shape[a] > 1 for a in self.readers):
            full += self.readers
        wide = [self.sizes[a] if a in full else x.shape[a] for a in range(lead)]
        x = jnp.broadcast_to(x, (*wide, *x.shape[lead:]))
        items = math.prod(x.shape[a] for a in self.items)
        core = range(lead, x.ndim)
        shape = (items, math.prod(x.shape[a] for a in self.readers), *x.shape[lead:])
        return x.transpose(*self.items, *self.readers, *core).reshape(shape)

    def unflat(self, x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
        """Back to the leading axes of `shape`, summing what was repeated."""
        lead = len(self.sizes)
        mine = [shape[a] for a in self.items]
        items = mine if math.prod(mine) == x.shape[0] else [self.sizes[a] for a in self.items]
        wide = x.shape[1] == self.n_readers
        readers = [self.sizes[a] if wide else 1 for a in self.readers]
        x = x.reshape(*items, *readers, *x.shape[2:])
        order = [*self.items, *self.readers]
        x = x.transpose(*(order.index(a) for a in range(lead)), *range(lead, x.ndim))
        return sum_to(x, shape[:lead])

    def shared(self, chunk: int) -> tuple[int, ...]:
        """The axes along which a chunk repeats what items share: none, unless it holds several rows."""
        return self.items if chunk > self.unit else ()

    def starts(self, x: jax.Array, chunk: int) -> jax.Array:
        """For every chunk, the place of its first item in an operand's own, possibly shared, items."""
        sizes = [self.sizes[a] for a in self.items]
        places = []
        for index in itertools.islice(itertools.product(*map(range, sizes)), 0, None, chunk):
            place = 0
            for at, axis in zip(index, self.items, strict=True):
                place = place * x.shape[axis] + (at if x.shape[axis] > 1 else 0)
            places.append(place)
        return jnp.asarray(places, jnp.int32)

    def span(self, x: jax.Array, chunk: int) -> int:
        """How many of an operand's items a chunk meets: all of its own, or one that they share."""
        several = self.items and x.shape[self.items[-1]] == self.unit
        return chunk if several or chunk > self.unit else 1


def fold(operands: dict[str, jax.Array]) -> Fold:
    """How the leading axes of these operands are to be read."""
    q, k, v = operands["q"], operands["k"], operands["v"]
    lead = q.ndim - CORE["q"]
    sizes = jnp.broadcast_shapes(*(x.shape[:lead] for x in operands.values()))
    shared = [k.shape[a] == 1 and v.shape[a] == 1 for a in range(lead)]
    items = tuple(a for a in range(lead) if not shared[a])
    return Fold(items, tuple(a for a in range(lead) if shared[a]), tuple(sizes))


def chunk_of(unit: int, wanted: int) -> int:
    """The largest divisor of `unit` that is no larger than wanted."""
    return max(c for c in range(1, unit + 1) if unit % c == 0 and c <= max(wanted, 1))
