"""Greedy decoding: what `jaxmath bench decode` measures, beside whom, and what theory says.

With one step it is the time to the first token; what compiling takes is kept with every run.
"""

from training.sizes import parameters

from jaxmath._cli.bench.protocol import BYTES, Bench, Peer, Setting, Sweep, Work

MODES = ("forward",)
PACKAGES = ("transformers", "torch")


def theirs(name: str, how: str, default: bool) -> Peer:
    where, platforms = f"decode.transformers_generate:{how}", ("cpu", "gpu")
    return Peer(
        name=name, where=where, packages=PACKAGES, side="torch_side", modes=MODES, platforms=platforms,
        default=default,
    )  # fmt: skip


PEERS = (
    Peer(name="jaxmath", where="decode.ours:tokens", packages=("jax",), modes=MODES),
    theirs("transformers", "tokens", default=True),
    theirs("transformers static", "static", default=False),
)


def work(setting: Setting, mode: str) -> Work:
    """Every weight is read once for the prompt, and once for every token but the last."""
    count, rows, steps = parameters(setting), setting["batch"], setting["steps"]
    flops = 2 * count * rows * (setting["prompt"] + steps - 1)
    before = setting["prompt"] + steps / 2
    kept = 2 * setting["layers"] * setting["width"] * rows * before
    return Work(flops=flops, moved=(count * steps + kept * (steps - 1)) * BYTES[setting["dtype"]])


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Nothing is fitted."""
    return None


def sweep(name: str, steps: tuple[int, ...], batch: tuple[int, ...], dtype: tuple[str, ...]) -> Sweep:
    sizes = dict(layers=(12,), width=(768,), heads=(12,), words=(50257,), prompt=(32,))
    return Sweep(
        name=name, axis="batch", grid={**sizes, "steps": steps, "batch": batch, "dtype": dtype}, modes=MODES
    )


SWEEPS = {
    "default": (
        sweep("tokens", (64,), (1, 8), ("float32", "bfloat16")),
        sweep("first", (1,), (1, 8), ("float32", "bfloat16")),
    ),
    "quick": (sweep("tokens", (64,), (1,), ("float32",)),),
}

BENCH = Bench(
    name="decode",
    title="Greedy decoding",
    subject="jaxmath",
    reference="transformers",
    peers=PEERS,
    problems={"jax_side": "decode.jax_problem:problem", "torch_side": "decode.torch_problem:problem"},
    sweeps=SWEEPS,
    letters=dict(
        layers="L", width="d", heads="H", words="V", prompt="P", steps="S", batch="B", dtype="dtype"
    ),
    work=work,
    exponent=exponent,
)
