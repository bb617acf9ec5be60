r"""What a model needs to answer.

Source: Pope et al., *Efficiently scaling transformer inference* (2022), arXiv:2211.05102, section 2.
"""

import dataclasses

from jaxmath.definitions.costs import active_parameters, forward_flops, kv_cache_bytes, parameters
from jaxmath.definitions.hardware import Accelerator, roofline_seconds
from jaxmath.definitions.shapes import TransformerShape


@dataclasses.dataclass(frozen=True)
class Serving:
    """Memory and time of decoding, all devices together as one.

    Attributes:
      weights: bytes of the parameters.
      cache: bytes of keys and values of one sequence at full length.
      sequences: how many such sequences fit beside the parameters; 0 if not even these fit.
      first_seconds: least time until the first token of a full prompt.
      token_seconds: least time for a token of one sequence at full length.
      batch_seconds: least time for a token of each of `sequences`.
    """

    weights: int
    cache: int
    sequences: int
    first_seconds: float
    token_seconds: float
    batch_seconds: float


def serving(
    shape: TransformerShape, machine: Accelerator, context: int, devices: int = 1, size: int = 2
) -> Serving:
    """Memory and least times, if devices share all work evenly and talk in no time.

    Args:
      shape: the model.
      machine: a device.
      context: tokens of a sequence.
      devices: devices that hold the model together.
      size: bytes of a number.
    """
    weights, cache = size * parameters(shape), kv_cache_bytes(shape, context, size=size)
    room = int(devices * machine.memory) - weights
    sequences = max(0, room // cache) if cache else 0

    def seconds(flops: float, moved: float) -> float:
        return roofline_seconds(machine, flops / devices, moved / devices)

    def token(batch: int) -> float:
        touched = size * active_parameters(shape) if batch == 1 else weights
        return seconds(batch * forward_flops(shape, 1, context - 1), touched + batch * cache)

    first = seconds(forward_flops(shape, context), weights)
    return Serving(weights, cache, sequences, first, token(1), token(max(1, sequences)))
