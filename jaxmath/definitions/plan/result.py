r"""What a plan says.

Source: none; these are the answers that `plan` collects.
"""

import dataclasses

from jaxmath.definitions.hardware import Accelerator
from jaxmath.definitions.plan.layout import Layout
from jaxmath.definitions.plan.optimum import Optimum
from jaxmath.definitions.plan.serving import Serving
from jaxmath.definitions.shapes import TransformerShape


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What `plan` found; bytes, seconds and operations in units of one.

    Attributes:
      shape: the model.
      machine: the devices.
      devices: how many.
      context: tokens of a sequence.
      batch: tokens of a step.
      tokens: tokens of the run.
      parameters: parameters of the model.
      active: parameters that a token meets.
      flops: operations of the run, none of them recomputed.
      layout: the fastest layout that fits; none if nothing fits.
      needed: the least number of devices, a power of two, on which something fits; none if none does.
      memory: bytes on the fullest device, by what they are for.
      seconds: seconds of a step, by what they are spent on.
      utilization: model operations over those that all devices could do.
      days: days of the run.
      kilowatt_hours: energy of the boards at full power, if that is known.
      optimum: what the operations would be spent on best.
      serving: what decoding needs.
    """

    shape: TransformerShape
    machine: Accelerator
    devices: int
    context: int
    batch: int
    tokens: float
    parameters: int
    active: int
    flops: float
    layout: Layout | None
    needed: int | None
    memory: dict[str, int]
    seconds: dict[str, float]
    utilization: float | None
    days: float | None
    kilowatt_hours: float | None
    optimum: Optimum
    serving: Serving
