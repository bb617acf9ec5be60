"""Heads that keep a state of fixed size, in data."""

import dataclasses
from typing import Literal

from jaxmath.modules._configs.networks import NormConfig


@dataclasses.dataclass(frozen=True)
class RecurrentConfig:
    """Heads of linear attention, retention or the delta rule.

    Attributes:
      heads: how many.
      d: width of a query and of a key.
      e: width of a value; `d` if `None`.
      bias: whether queries, keys and values are shifted.
      out_bias: whether the result is.
      norm: of what each head answers, with weights for each; `None` for none.
      chunk: positions at once.
      kind: which of the three it is as the mixer of a `Block`; modules that are made by name do not ask.
    """

    heads: int
    d: int
    e: int | None = None
    bias: bool = False
    out_bias: bool = False
    norm: NormConfig | None = None
    chunk: int = 64
    kind: Literal["linear", "retention", "delta"] = "linear"
