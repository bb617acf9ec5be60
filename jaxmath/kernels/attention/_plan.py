"""What is decided before the first number: static options, and the sizes of blocks."""

import dataclasses
import math
from typing import Any

import jax

from jaxmath.kernels.attention._fold import Fold, chunk_of


@dataclasses.dataclass(frozen=True)
class Options:
    """The static half of a call.

    Attributes:
      operands: the names of the arrays, in the order in which they come.
      left: how far before its own position a query sees; `None` for any distance.
      right: how far after it.
      offset: the position of query 0 among the keys, unless an operand says it.
      scale: what products are multiplied by; `None` if queries are scaled already.
      soft_cap: the bound of the scores.
      bias_before_cap: whether the bias is capped with the scores.
      dropout: the share of weights set to zero.
      precision: of every product, forward and backward.
      block: sizes of a block of queries and of keys, and how many items at once; `None` to choose.
      wide: whether products of 16-bit arrays are taken in float32.
      heads_last: whether arrays come from a layout with heads after positions, so that a kernel which
        wants that layout can have it for nothing.
      finite_padding: whether padding may be multiplied by zero.
    """

    operands: tuple[str, ...]
    left: int | None = None
    right: int | None = None
    offset: int = 0
    scale: float | None = None
    soft_cap: float | None = None
    bias_before_cap: bool = False
    dropout: float = 0.0
    precision: Any = None
    block: tuple[int, int, int] | None = None
    wide: bool = True
    heads_last: bool = False
    finite_padding: bool = False

    def has(self, *names: str) -> bool:
        """Whether one of these operands is there."""
        return any(name in self.operands for name in names)

    @property
    def is_ragged(self) -> bool:
        """Whether visibility depends on data, so that every block must ask."""
        return self.has(*_DATA)

    def rows_near(self, n: int, m: int) -> list[bool]:
        """Of every query, whether its window holds a key."""
        left, right = self._sides()
        return [at + right >= 0 and at - left <= m - 1 for at in range(self.offset, n + self.offset)]

    def columns_near(self, n: int, m: int) -> list[bool]:
        """Of every key, whether it is in a query's window."""
        left, right = self._sides()
        return [j + left >= self.offset and j - right <= n - 1 + self.offset for j in range(m)]

    def _sides(self) -> tuple[float, float]:
        return tuple(math.inf if x is None else x for x in (self.left, self.right))  # type: ignore[return-value]


_DATA = ("mask", "bias", "offset", "query_segments", "key_segments", "prefix", "query_lengths", "key_lengths")


@dataclasses.dataclass(frozen=True)
class Plan:
    """The sizes of one run.

    Attributes:
      n: queries.
      m: keys.
      queries: of a block.
      keys: of a block.
      chunk: items at once: a divisor of the last item axis, or all.
      readers: rows per query in a block.
    """

    n: int
    m: int
    queries: int
    keys: int
    chunk: int
    readers: int

    @property
    def query_blocks(self) -> int:
        """How many blocks of queries there are."""
        return -(-self.n // self.queries)

    @property
    def key_blocks(self) -> int:
        """How many blocks of keys there are."""
        return -(-self.m // self.keys)

    @property
    def rows(self) -> int:
        """Rows of a block: its queries, once for every reader."""
        return self.readers * self.queries

    @property
    def is_small(self) -> bool:
        """Whether an item is one block, and a small one: whole arrays are then faster than loops."""
        return self.query_blocks == self.key_blocks == 1 and max(self.n, self.m) <= _SMALL

    def every_row_sees(self, options: Options) -> bool:
        """Whether no row can be without a key, whatever the data are."""
        return not options.is_ragged and self.m > 0 and all(options.rows_near(self.n, self.m))


def plan(options: Options, fold: Fold, n: int, m: int) -> Plan:
    """Chosen sizes, or the best for the shape and the machine."""
    readers = fold.n_readers
    queries, keys, chunk = options.block or _choose(fold, n, m)
    chunk = chunk if chunk == fold.n_items else chunk_of(fold.unit, chunk)
    return Plan(n, m, min(queries, n), min(keys, m), chunk, readers)


# Rows of scores so few that all keys are read once as they lie: a block would first have to be copied.
_FEW = 16
# The longest sequence of which an item is one block on a CPU.
_SMALL = 256


def _choose(fold: Fold, n: int, m: int) -> tuple[int, int, int]:
    if n * fold.n_readers <= _FEW:
        return n, m, fold.n_items
    if jax.default_backend() != "cpu":
        return max(1024 // fold.n_readers, 128), 1024, fold.unit
    if max(n, m) <= _SMALL:
        return n, m, fold.unit
    return max(512 // fold.n_readers, 64), 512, 2
