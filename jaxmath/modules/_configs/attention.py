"""Attention, in data."""

import dataclasses
from typing import Literal

from jaxmath.definitions.rotary import Layout
from jaxmath.modules._configs.networks import NormConfig


@dataclasses.dataclass(frozen=True)
class RotaryConfig:
    """Rotary positions of the first `d` entries of a head.

    Attributes:
      d: how many entries turn.
      base: of the clocks.
      layout: which entries form a pair.
      scaling: how clocks are slowed down for longer texts, as `rope_parameters` of a checkpoint says it:
        pairs of a name and a value, `rope_type` among them; empty for not at all.
      positions: what the model is made for, where the scaling asks for it.
    """

    d: int
    base: float = 10000.0
    layout: Layout = "half-split"
    scaling: tuple[tuple[str, float | str | bool | tuple[float, ...]], ...] = ()
    positions: int = 0


@dataclasses.dataclass(frozen=True)
class AttentionConfig:
    """Attention of many heads.

    Attributes:
      heads: heads of queries.
      groups: heads of keys and values.
      d: width of a query and of a key.
      e: width of a value; `d` if `None`.
      bias: whether queries, keys and values are shifted.
      key_bias: whether keys are, where that differs.
      out_bias: whether the result is.
      causal: no query sees a later key.
      window: how many keys before and after itself a query sees; `None` for all.
      scale: of the scores; one over the root of `d` if `None`.
      soft_cap: bound of the scores.
      sink: whether every head has a learned score of a key with value zero.
      slopes: of ALiBi, one a head.
      rotary: how queries and keys turn.
      norm: of queries and keys.
      norm_over: what a vector of that norm is: a head, with one weight for all heads ("head") or one
        for each ("heads"), or all heads together ("width").
      norm_late: whether the norm comes after the turn.
      clip: queries, keys and values are clipped to this.
    """

    heads: int
    groups: int
    d: int
    e: int | None = None
    bias: bool = False
    key_bias: bool | None = None
    out_bias: bool = False
    causal: bool = True
    window: tuple[int | None, int | None] | None = None
    scale: float | None = None
    soft_cap: float | None = None
    sink: bool = False
    slopes: tuple[float, ...] | None = None
    rotary: RotaryConfig | None = None
    norm: NormConfig | None = None
    norm_over: Literal["head", "heads", "width"] = "head"
    norm_late: bool = False
    clip: float | None = None


@dataclasses.dataclass(frozen=True)
class LatentConfig:
    """Attention whose queries, keys and values come out of a narrow latent vector (MLA).

    Attributes:
      heads: heads.
      d: width of what does not turn in a query and a key.
      rotary: how the rest turns; its `d` is that width, and one turned key serves all heads.
      e: width of a value.
      rank: width of the latent of keys and values.
      query_rank: of that of queries; `None` for none.
      scale: of the scores.
      norm: of the latents.
      bias: whether what makes latents, and the result, are shifted.
    """

    heads: int
    d: int
    rotary: RotaryConfig
    e: int
    rank: int
    query_rank: int | None
    scale: float
    norm: NormConfig
    bias: bool = False
