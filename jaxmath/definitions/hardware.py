r"""A machine described by its peaks, and what they allow.

Source: Williams, Waterman & Patterson, *Roofline: an insightful visual performance model* (2009), figure 1;
Chowdhery et al., *PaLM* (2022), arXiv:2204.02311, section 4.1 and appendix B (utilization of model FLOPs).
Claims: `jaxmath.claims.hardware`.
"""

import dataclasses
import math
from collections.abc import Mapping

from jaxmath.definitions._accelerators import TABLE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Accelerator:
    """One device.

    Attributes:
      flops: peak of dense matrix products in 16 bits, operations per second.
      bandwidth: of its memory, bytes per second.
      memory: bytes.
      link: bytes per second to a neighbour in the same node, in one direction.
      network: bytes per second to another node, in one direction.
      node: devices of a node.
      watts: power of the board, if it is known.
      source: where the figures are found.
    """

    flops: float
    bandwidth: float
    memory: float
    link: float
    network: float
    node: int
    watts: float | None = None
    source: str = "given by the user"

    def __post_init__(self) -> None:
        for name in ("flops", "bandwidth", "memory", "link", "network", "node", "watts"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(
                    f"Accelerator: {name} is {value}.\n  It has to be above zero and finite, in units of "
                    "one: operations, bytes, seconds, watts."
                )

    @property
    def ridge(self) -> float:
        """Operations for each byte from which on arithmetic is the limit."""
        return self.flops / self.bandwidth


ACCELERATORS: Mapping[str, Accelerator] = {
    name: Accelerator(
        flops=tera * 1e12,
        bandwidth=giga * 1e9,
        memory=memory * 1e9,
        link=link * 1e9,
        network=network * 1e9,
        node=node,
        watts=watts,
        source=source,
    )
    for name, tera, giga, memory, link, network, node, watts, source in TABLE
}
"""Well-known devices by name; memory and rates in powers of ten, as their makers print them."""


def roofline_flops(machine: Accelerator, intensity: float) -> float:
    r"""Attainable operations per second, $\min(\pi, \beta I)$, at $I$ operations for each byte."""
    return min(machine.flops, machine.bandwidth * intensity)


def roofline_seconds(machine: Accelerator, flops: float, moved: float) -> float:
    r"""Least time for so many operations and bytes moved, $\max(F / \pi, B / \beta)$: both overlap fully."""
    return max(flops / machine.flops, moved / machine.bandwidth)


def matmul_intensity(n: int, k: int, m: int, size: int = 2) -> float:
    r"""Operations for each byte of a product of $n \times k$ and $k \times m$, each entry moved once.

    $$ I = \frac{2 n k m}{b (n k + k m + n m)} $$
    """
    return 2 * n * k * m / (size * (n * k + k * m + n * m))


def mfu(machine: Accelerator, flops: float, seconds: float, devices: int = 1) -> float:
    r"""Utilization of model FLOPs: operations the model needs, over those the devices could have done.

    Operations that are recomputed are not counted.
    """
    return flops / (seconds * devices * machine.flops)
