"""Layers, in data."""

import dataclasses
from typing import Literal

from jaxmath.modules._configs.attention import AttentionConfig, LatentConfig
from jaxmath.modules._configs.networks import MixtureConfig, MlpConfig, NormConfig
from jaxmath.modules._configs.recurrent import RecurrentConfig


@dataclasses.dataclass(frozen=True)
class BlockConfig:
    """A layer: attention, cross-attention, a network, and the norms around them.

    Attributes:
      attention: of the sequence to itself; or, in its place, heads that keep a state of fixed size.
      mlp: the network.
      norm: every norm of the layer.
      before: a norm before each branch.
      inside: a norm at the end of each branch, before the sum.
      after: a norm after each sum.
      parallel: attention and network read the same input, `"two"` each through a norm of its own and
        `"one"` through the same.
      cross: attention to another sequence.
      residual: branches are multiplied by this.
      first_norm: whether attention has its norm before, where the others have theirs.
    """

    attention: AttentionConfig | LatentConfig | RecurrentConfig
    mlp: MlpConfig | MixtureConfig
    norm: NormConfig
    before: bool = True
    inside: bool = False
    after: bool = False
    parallel: Literal["", "one", "two"] = ""
    cross: AttentionConfig | None = None
    residual: float = 1.0
    first_norm: bool = True


@dataclasses.dataclass(frozen=True)
class StackConfig:
    """Layers one after the other.

    Attributes:
      blocks: the layers.
      norm: after the last.
      buckets: of T5's relative positions, learned once for all layers; `None` for none.
      max_distance: of those.
    """

    blocks: tuple[BlockConfig, ...]
    norm: NormConfig | None
    buckets: int | None = None
    max_distance: int = 128

    @property
    def recurrent(self) -> tuple[int, ...]:
        """Which layers keep a state in place of keys and values."""
        return tuple(i for i, x in enumerate(self.blocks) if isinstance(x.attention, RecurrentConfig))
