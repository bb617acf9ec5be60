r"""Sizes of a mixture of experts.

Source: Fedus et al., *Switch Transformers* (2021), arXiv:2101.03961, section 2.1; DeepSeek-AI,
*DeepSeek-V3* (2024), arXiv:2412.19437, section 2.1.2 (shared experts, balance without gradient).
"""

import dataclasses

from jaxmath.definitions.shapes._demand import demand_natural
from jaxmath.definitions.shapes.parts import MLPShape


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExpertsShape:
    """Sizes of a mixture of experts.

    Attributes:
      count: routed experts.
      active: experts that a token is sent to.
      expert: sizes of one.
      shared: hidden width of the network that every token passes; 0 for none.
      shared_gate: whether that network's output is scaled by a learned scalar of the token.
      dense_layers: blocks without experts, which come first.
      router_bias: whether the scores of experts have a bias that is learned.
      balance_bias: whether they have one that is adjusted without gradient and not counted.
    """

    count: int
    active: int
    expert: MLPShape
    shared: int = 0
    shared_gate: bool = False
    dense_layers: int = 0
    router_bias: bool = False
    balance_bias: bool = False

    def __post_init__(self) -> None:
        demand_natural(self)
        if not 0 < self.active <= self.count:
            raise ValueError(
                f"ExpertsShape: a token is sent to {self.active} of {self.count} experts.\n"
                "  Choose active between 1 and count."
            )
