r"""How a model is divided among devices.

Source: Narayanan et al. 2021, arXiv:2104.04473, section 3 (tensors inside a node, pipelines between nodes);
Rajbhandari et al., *ZeRO* (2020), arXiv:1910.02054 (stages).
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator

from jaxmath.definitions.costs.activations import Recompute
from jaxmath.definitions.hardware import Accelerator
from jaxmath.definitions.shapes import TransformerShape

MOST_DEVICES = 2**17


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """Devices in each direction, and what is kept and sent.

    Attributes:
      data: copies of the model.
      tensor: devices among which heads and hidden units are divided, with tokens elsewhere.
      pipeline: stages.
      stage: what copies divide among themselves (ZeRO); 3 is fully sharded.
      microbatch: sequences that go through a device at once.
      recompute: what the backward pass computes again.
    """

    data: int = 1
    tensor: int = 1
    pipeline: int = 1
    stage: int = 0
    microbatch: int = 1
    recompute: Recompute = "selective"

    @property
    def devices(self) -> int:
        """All devices."""
        return self.data * self.tensor * self.pipeline


def layouts(shape: TransformerShape, machine: Accelerator, devices: int, sequences: int) -> Iterator[Layout]:
    """Layouts of so many devices for so many sequences a step, the plainest first.

    Tensors are divided inside a node only, by a power of two that divides the heads; stages are of equal
    length; a pipeline goes with ZeRO stages 0 and 1 only; microbatches are powers of two.
    """
    stages = [p for p in range(1, shape.layers + 1) if shape.layers % p == 0]
    for p, t in itertools.product(stages, _powers(min(machine.node, shape.attention.heads))):
        if devices % (p * t) or shape.attention.heads % t or sequences % (devices // (p * t)):
            continue
        data = devices // (p * t)
        zeros = (0,) if data == 1 else (0, 1) if p > 1 else (0, 1, 2, 3)
        micros = [m for m in _powers(sequences // data) if (sequences // data) % m == 0]
        for zero, recompute, micro in itertools.product(zeros, ("none", "selective", "full"), micros):
            told = dict(data=data, tensor=t, pipeline=p, stage=zero, microbatch=micro)
            yield Layout(**told, recompute=recompute)  # type: ignore[arg-type]


def sequences_of(batch: int, context: int, devices: int) -> int:
    """Sequences of a step that devices can share: a multiple of their number, or a power of two."""
    wished = max(1.0, batch / context)
    return round(wished / devices) * devices if wished >= devices else 2 ** round(math.log2(wished))


def least_devices(
    shape: TransformerShape, machine: Accelerator, sequences: int, fits: Callable[[Layout], bool]
) -> int | None:
    """The least number of devices, a power of two, with a layout that fits; none if there is none."""
    for devices in _powers(MOST_DEVICES):
        if any(fits(how) for how in layouts(shape, machine, devices, max(sequences, devices))):
            return devices
    return None


def _powers(most: int) -> list[int]:
    return [1 << i for i in range(max(1, most).bit_length())]
