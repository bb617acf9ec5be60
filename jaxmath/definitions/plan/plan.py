r"""A run, planned: from sizes, a machine and an amount of data to memory, time and energy.

Source: the formulas of `costs`, `parallel`, `hardware` and `scaling_laws`, which name theirs.
"""

from jaxmath.definitions.costs import MIXED, Precision, active_parameters, parameters, training_flops
from jaxmath.definitions.hardware import mfu
from jaxmath.definitions.plan._inputs import Machine, Model, demand_positive, read_machine, read_model
from jaxmath.definitions.plan.layout import Layout, layouts, least_devices, sequences_of
from jaxmath.definitions.plan.memory import device_memory
from jaxmath.definitions.plan.optimum import optimum
from jaxmath.definitions.plan.result import Plan
from jaxmath.definitions.plan.seconds import step_seconds
from jaxmath.definitions.plan.serving import serving
from jaxmath.definitions.scaling_laws import chinchilla_tokens


def plan(
    model: Model,
    machine: Machine = "h100",
    *,
    devices: int = 8,
    tokens: float | None = None,
    context: int | None = None,
    batch: int = 2**19,
    efficiency: float = 0.5,
    reserve: float = 0.1,
    precision: Precision = MIXED,
    layout: Layout | None = None,
) -> Plan:
    """Memory, time and energy of a training run, in the fastest layout that fits.

    Args:
      model: a `TransformerShape`, the entries of a `config.json`, or the name of a published model.
      machine: an `Accelerator`, its entries, or a name.
      devices: how many there are.
      tokens: tokens of the run; the best amount for the size (Besiroglu et al. 2024) unless told.
      context: tokens of a sequence; rows of the table of positions, or 4096, unless told.
      batch: tokens of a step; rounded to equally many sequences for each device, or fewer, a power of two.
      efficiency: share of the peak that matrix products reach.
      reserve: share of the memory that stays free.
      precision: bytes for each parameter.
      layout: the layout; the fastest that fits unless told.

    Raises:
      ValueError: if an argument is out of range, or the model is an encoder-decoder.
    """
    shape, chip = read_model(model), read_machine(machine)
    context = context or shape.positions or 4096
    demand_positive(devices=devices, context=context, batch=batch, efficiency=efficiency)
    sequences = sequences_of(batch, context, devices)
    tokens = float(chinchilla_tokens(float(active_parameters(shape)))) if tokens is None else tokens
    demand_positive(tokens=tokens)

    def memory(how: Layout) -> dict[str, int]:
        return device_memory(shape, how, context, precision)

    def fits(how: Layout) -> bool:
        return sum(memory(how).values()) <= (1 - reserve) * chip.memory

    def seconds(how: Layout) -> dict[str, float]:
        return step_seconds(shape, chip, how, sequences, context, efficiency, precision)

    found = [layout] if layout else [how for how in layouts(shape, chip, devices, sequences) if fits(how)]
    best = min(found, key=lambda how: seconds(how)["total"]) if found else None
    needed = devices if best else least_devices(shape, chip, sequences, fits)
    taken = seconds(best) if best else {}
    step = sequences * training_flops(shape, context)
    flops = step * tokens / (sequences * context)
    days = tokens / (sequences * context) * taken["total"] / 86400 if best else None
    return Plan(
        shape=shape,
        machine=chip,
        devices=devices,
        context=context,
        batch=sequences * context,
        tokens=tokens,
        parameters=parameters(shape),
        active=active_parameters(shape),
        flops=flops,
        layout=best,
        needed=needed,
        memory=memory(best) if best else {},
        seconds=taken,
        utilization=mfu(chip, step, taken["total"], devices) if best else None,
        days=days,
        kilowatt_hours=days * 24 * devices * chip.watts / 1000 if days and chip.watts else None,
        optimum=optimum(active_parameters(shape), tokens, flops),
        serving=serving(shape, chip, context, devices),
    )
