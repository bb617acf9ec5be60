r"""Sizes of the parts of a block.

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238, algorithms 5, 8 to
10; Ainslie et al., *GQA* (2023), arXiv:2305.13245 (groups); DeepSeek-AI, *DeepSeek-V2* (2024),
arXiv:2405.04434, section 2.1 (latent attention).
"""

import dataclasses
from typing import Literal

from jaxmath.definitions.shapes._demand import demand_natural


@dataclasses.dataclass(frozen=True, kw_only=True)
class AttentionShape:
    """Sizes of attention over heads.

    Attributes:
      heads: heads of queries.
      groups: heads of keys and values.
      key_width: width of a query and a key inside a head, rotated part included.
      value_width: width of a value inside a head.
      qkv_bias: whether queries, keys and values have biases.
      out_bias: whether the output has one.
      qk_norm: norms of queries and keys: none, one weight for each head's entries, or for all heads' entries.
      sinks: whether each head has a learned sink.
      window: how many keys a query sees in a layer with a window; 0 for all.
      kv_rank: width of the latent that stands for keys and values; 0 without latent attention.
      query_rank: width of the latent that stands for queries; 0 for none.
      rotary_width: width of the key part shared by all heads (latent attention only).
    """

    heads: int
    groups: int
    key_width: int
    value_width: int
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: Literal["none", "head", "all"] = "none"
    sinks: bool = False
    window: int = 0
    kv_rank: int = 0
    query_rank: int = 0
    rotary_width: int = 0

    def __post_init__(self) -> None:
        demand_natural(self)
        if self.groups and self.heads % self.groups:
            raise ValueError(
                f"AttentionShape: {self.heads} heads cannot share {self.groups} groups of keys and values.\n"
                "  Choose groups that divide heads."
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class MLPShape:
    """Sizes of a feed-forward network: its hidden width, whether it is gated, and whether it has biases."""

    hidden: int
    gated: bool = False
    bias: bool = False

    def __post_init__(self) -> None:
        demand_natural(self)


@dataclasses.dataclass(frozen=True, kw_only=True)
class NormShape:
    """How many norms there are: of how many vectors each, in a block, and outside of blocks."""

    vectors: int = 1
    per_block: int = 2
    outside: int = 1

    def __post_init__(self) -> None:
        demand_natural(self)
