"""A plan as text."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from jaxmath._cli.layout import broken_text
from jaxmath.definitions import PUBLISHED, chinchilla_flops, matrix_parameters, parameters, published_shape
from jaxmath.definitions.hardware import ACCELERATORS
from jaxmath.definitions.plan import Plan

_LABEL, _BAR = 12, 30
_PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def quantity(value: float, unit: str = "", digits: int = 3) -> str:
    """A number with a decimal prefix: `68.3 GB`; a count of 1e9 is a billion: `8.03 B`."""
    for size, prefix in _PREFIXES:
        if value >= size * 0.9995:
            prefix = "B" if prefix == "G" and not unit else prefix
            return f"{value / size:.{digits}g} {prefix}{unit}".rstrip()
    return f"{value:.{digits}g} {unit}".rstrip()


def duration(seconds: float) -> str:
    """A time in the unit that suits it: `23.2 days`."""
    for size, unit in ((86400.0 * 2, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms")):
        if seconds >= size:
            return f"{seconds / (86400.0 if unit == 'days' else size):.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def show(console: Console, plan: Plan, model: str, machine: str) -> None:
    """Prints a plan."""
    console.print(Text(f"{model} on {plan.devices:,} x {machine}", style="bold"))
    for label, text, bars in _rows(plan):
        parts = broken_text(text, max(20, console.width - _LABEL)) if console.is_terminal else [text]
        for i, part in enumerate(parts):
            head = Text(f"{label if i == 0 else '':<{_LABEL}}", style="cyan")
            console.print(head.append(part, style="default"), soft_wrap=True)
        for bar in bars:
            console.print(Text(" " * _LABEL + "  " + bar), soft_wrap=True)


def show_names(console: Console) -> None:
    """Prints the models and machines that have names."""
    console.print(Text("models", style="bold"))
    for name in PUBLISHED:
        shape = published_shape(name)
        sizes = f"{shape.layers} layers of width {shape.width:,}"
        console.print(Text(f"  {name:<18}{quantity(parameters(shape)):>8}  {sizes}"), soft_wrap=True)
    console.print(Text("\nmachines", style="bold"))
    for name, m in ACCELERATORS.items():
        told = f"{quantity(m.flops, 'FLOP/s', 4)}, {quantity(m.bandwidth, 'B/s')}, {quantity(m.memory, 'B')}"
        console.print(Text(f"  {name:<18}{told}; {m.source}"), soft_wrap=True)


def _rows(p: Plan) -> Iterator[tuple[str, str, list[str]]]:
    active = "" if p.active == p.parameters else f", {quantity(p.active)} of them for each token"
    shape = f"{p.shape.layers} layers of width {p.shape.width:,}"
    yield "model", f"{quantity(p.parameters, digits=4)} parameters{active}; {shape}", []
    steps = f"{p.tokens / p.batch:,.0f} steps of {p.batch:,}, {p.context:,} in a sequence"
    yield "run", f"{quantity(p.tokens, digits=4)} tokens in {steps}", []
    yield "operations", _operations(p), []
    yield from _training(p) if p.layout else _nothing(p)
    o = p.optimum
    law = f"loss {o.loss:.3f}; the same operations would buy {o.best_loss:.3f} at "
    law += f"{quantity(o.best_parameters)} parameters and {quantity(o.best_tokens)} tokens; "
    law += "this size is the best at "
    yield (
        "law",
        law + f"{quantity(o.tokens_for_size)} tokens (Besiroglu et al. 2024, nats a token of its data)",
        [],
    )
    yield "serving", _serving(p), []
    yield "machine", p.machine.source, []


def _operations(p: Plan) -> str:
    between = 100 * (1 - 6 * matrix_parameters(p.shape) * p.tokens / p.flops)
    six = chinchilla_flops(p.active, p.tokens)
    return f"{p.flops:.4g}, {between:.1f} % of them between tokens (6ND is {six:.4g})"


def _training(p: Plan) -> Iterator[tuple[str, str, list[str]]]:
    how = p.layout
    assert how is not None and p.days is not None and p.utilization is not None
    sizes = f"data {how.data}, tensor {how.tensor}, pipeline {how.pipeline}, ZeRO stage {how.stage}"
    yield "layout", f"{sizes}, {how.microbatch} a microbatch, recompute {how.recompute}", []
    total = sum(p.memory.values())
    full = " -- DOES NOT FIT" if total > p.machine.memory else ""
    memory = f"{quantity(total, 'B')} of {quantity(p.machine.memory, 'B')} on each device{full}"
    yield "memory", memory, _bars(p.memory, p.machine.memory, lambda x: quantity(x, "B"))
    spent = {name: value for name, value in p.seconds.items() if name != "total"}
    step = (
        f"{duration(p.seconds['total'])}, {100 * p.utilization:.1f} % of the peak in operations of the model"
    )
    yield "step", step, _bars(spent, p.seconds["total"], duration)
    energy = f", {p.kilowatt_hours:,.0f} kWh of boards at full power" if p.kilowatt_hours else ""
    hours = f"{p.days * 24 * p.devices:,.0f} device hours"
    yield "time", f"{duration(p.days * 86400)}, {hours}{energy}", []


def _nothing(p: Plan) -> Iterator[tuple[str, str, list[str]]]:
    more = f"It takes {p.needed:,} devices" if p.needed else "Nor does it on any number of devices looked at"
    yield "layout", f"nothing fits on {p.devices:,} x {quantity(p.machine.memory, 'B')}. {more}.", []


def _bars(parts: Mapping[str, float], whole: float, told: object) -> list[str]:
    shown = {name: value for name, value in parts.items() if value}
    return [
        f"{name:<12}{told(value):>9}  " + "#" * max(1, round(_BAR * min(1.0, value / whole)))  # type: ignore[operator]
        for name, value in shown.items()
    ]


def _serving(p: Plan) -> str:
    s = p.serving
    cache = f"{quantity(s.cache / p.context, 'B')} of cache a token"
    if not s.sequences and s.cache:
        return f"weights {quantity(s.weights, 'B')}, {cache}: no full sequence fits on these devices"
    first = (
        f"first token of a full prompt in {duration(s.first_seconds)}, then {duration(s.token_seconds)} each"
    )
    room = f"{s.sequences:,} full sequences fit, a token of each in {duration(s.batch_seconds)}"
    return f"weights {quantity(s.weights, 'B')}, {cache}; at least {first}; {room}"
