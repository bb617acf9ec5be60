r"""Time of one step.

Source: Williams et al. 2009 (roofline); Narayanan et al. 2021, arXiv:2104.04473, section 2.2 (bubble).
"""

from jaxmath.definitions.costs import MIXED, Precision, parameters, training_flops
from jaxmath.definitions.hardware import Accelerator, roofline_seconds
from jaxmath.definitions.parallel import (
    data_parallel_volume,
    pipeline_bubble,
    pipeline_volume,
    tensor_parallel_volume,
)
from jaxmath.definitions.plan.layout import Layout
from jaxmath.definitions.shapes import TransformerShape


def step_seconds(
    shape: TransformerShape,
    machine: Accelerator,
    layout: Layout,
    sequences: int,
    context: int,
    efficiency: float = 1.0,
    precision: Precision = MIXED,
) -> dict[str, float]:
    r"""Seconds by what they are spent on, and their `total`.

    Arithmetic and memory overlap; sums over tensor shards and the bubble of the pipeline come on top; what is
    sent between copies of the model overlaps with all of it:

    $$ \max\left(\frac{\max(F / \eta \pi,\; B / \beta) + T}{1 - \mathrm{bubble}},\; S\right) $$

    Args:
      shape: the model.
      machine: the devices.
      layout: how it is divided.
      sequences: sequences of a step, over all devices.
      context: tokens of a sequence.
      efficiency: share $\eta$ of the peak that matrix products reach; at 1 the time is a lower bound.
      precision: bytes for each parameter.
    """
    own = sequences // layout.data
    tokens, devices = own * context, layout.tensor * layout.pipeline
    flops = own * training_flops(shape, context, recomputed=layout.recompute == "full") / devices
    weights = parameters(shape) / devices
    # Every microbatch reads the weights in both passes; the optimizer reads and writes its state once.
    micros = own // layout.microbatch
    moved = weights * (3 * micros * precision.weights + 2 * precision.optimizer / _shards(layout))
    compute, memory = flops / (efficiency * machine.flops), moved / machine.bandwidth
    work = max(compute, roofline_seconds(machine, flops, moved))
    layers = shape.layers // layout.pipeline
    sums = float(tensor_parallel_volume(2 * tokens, shape.width, layers, layout.tensor)) / machine.link
    hops = pipeline_volume(2 * tokens, shape.width, layout.pipeline) / layout.tensor / machine.network
    bubble = float(pipeline_bubble(layout.pipeline, micros))
    sent = int(weights * precision.gradients)
    # What is divided has to be summed, and gathered, for every microbatch.
    times = micros if layout.stage >= 2 else 1
    data = (
        times * float(data_parallel_volume(sent, layout.data, stage=layout.stage)) / _between(machine, layout)
    )
    busy = (work + sums + hops) / (1 - bubble)
    parts = dict(
        arithmetic=compute, memory=memory, tensor=sums, pipeline=hops, bubble=busy * bubble, data=data
    )
    return parts | {"total": max(busy, data)}


def _shards(layout: Layout) -> int:
    return layout.data if layout.stage else 1


def _between(machine: Accelerator, layout: Layout) -> float:
    """Bandwidth between copies of the model: that of the network, unless all fit into a node."""
    return machine.link if layout.devices <= machine.node else machine.network
