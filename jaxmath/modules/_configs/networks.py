"""Norms and networks, in data."""

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class NormConfig:
    """A norm along the last axis.

    Attributes:
      kind: which one.
      eps: added to the mean square, inside the root.
      weight: whether it scales.
      bias: whether it shifts.
      stored_less: weights are stored less this number (1 in Gemma).
    """

    kind: Literal["layer", "rms"] = "rms"
    eps: float = 1e-6
    weight: bool = True
    bias: bool = False
    stored_less: float = 0.0


@dataclasses.dataclass(frozen=True)
class MlpConfig:
    """A feed-forward network.

    Attributes:
      width: hidden width.
      activation: its name in `jaxmath.modules.ACTIVATIONS`.
      gated: whether a second projection is multiplied by the activated one.
      bias: whether it has biases.
      out_bias: whether the last has, where that differs.
    """

    width: int
    activation: str
    gated: bool = False
    bias: bool = False
    out_bias: bool | None = None


@dataclasses.dataclass(frozen=True)
class MixtureConfig:
    """A mixture of feed-forward networks.

    Attributes:
      experts: how many.
      chosen: how many of them a position goes through.
      width: hidden width of each.
      activation: as in `MlpConfig`; `"clamped"` is that of gpt-oss.
      scores: how the router's scores become weights: softmax over all, or sigmoid of each.
      normalise: whether the weights of the chosen ones are divided by their sum; of softmax, that is
        softmax over the chosen ones.
      scale: of the weights.
      correction: whether a bias that chooses, but does not weigh, is added to the scores.
      groups: experts are in as many groups.
      groups_chosen: and only those of the best so many groups may be chosen, as in
        `definitions.softmax_router` and `definitions.sigmoid_router`.
      bias: whether experts and router have biases.
      shared: width of a network that every position goes through.
      shared_gate: whether a sigmoid opens that one.
    """

    experts: int
    chosen: int
    width: int
    activation: str = "silu"
    scores: Literal["softmax", "sigmoid"] = "softmax"
    normalise: bool = False
    scale: float = 1.0
    correction: bool = False
    groups: int = 1
    groups_chosen: int = 1
    bias: bool = False
    shared: int | None = None
    shared_gate: bool = False
