"""Norms: what `jaxmath bench norms` measures, beside whom, and what theory says."""

from jaxmath._cli.bench.protocol import BYTES, Bench, Peer, Setting, Sweep, Work

MODES = ("forward", "gradient")

PEERS = (
    Peer(name="jaxmath", where="norms.ours:KERNELS", packages=("jax",), modes=MODES),
    Peer(
        name="torch",
        where="norms.torch_functional:METHOD",
        packages=("torch",),
        side="torch_side",
        modes=MODES,
        platforms=("cpu", "gpu"),
    ),
    Peer(name="flax.nnx", where="norms.flax_nnx:METHOD", packages=("flax",), modes=MODES),
    Peer(name="definition", where="norms.ours:DEFINITIONS", packages=("jax",), modes=MODES),
)

# Passes over the rows: read and written; backward, rows and a cotangent are read and another is written.
PASSES = dict(forward=2, gradient=5)


def work(setting: Setting, mode: str) -> Work:
    """Memory is what a norm is about; some operations an entry."""
    size = setting["rows"] * setting["width"]
    return Work(flops=8 * PASSES[mode] * size, moved=PASSES[mode] * size * BYTES[setting["dtype"]])


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Time and memory are linear."""
    return 1.0 if axis in ("rows", "width") else None


def sweep(name: str, rows: tuple[int, ...] = (8192,), dtype: str = "float32") -> Sweep:
    grid = dict(kind=("layer", "rms"), rows=rows, width=(1024,), dtype=(dtype,))
    return Sweep(name=name, axis="rows", grid=grid, modes=MODES)


SWEEPS = {
    "default": (sweep("rows", (2048, 4096, 8192, 16384)), sweep("bfloat16", dtype="bfloat16")),
    "quick": (sweep("rows"), sweep("bfloat16", dtype="bfloat16")),
}

BENCH = Bench(
    name="norms",
    title="Norms",
    subject="jaxmath",
    reference="torch",
    peers=PEERS,
    problems={"jax_side": "norms.jax_problem:problem", "torch_side": "norms.torch_problem:problem"},
    sweeps=SWEEPS,
    letters=dict(kind="norm", rows="N", width="d", dtype="dtype"),
    work=work,
    exponent=exponent,
)
