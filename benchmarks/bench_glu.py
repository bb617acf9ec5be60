"""A gated network: what `jaxmath bench glu` measures, beside whom, and what theory says."""

from jaxmath._cli.bench.protocol import BYTES, Bench, Peer, Setting, Sweep, Work

MODES = ("forward", "gradient")

PEERS = (
    Peer(name="jaxmath", where="glu.ours:network", packages=("jax",), modes=MODES),
    Peer(
        name="torch",
        where="glu.torch_functional:network",
        packages=("torch",),
        side="torch_side",
        modes=MODES,
        platforms=("cpu", "gpu"),
    ),
    Peer(name="naive", where="glu.naive:network", packages=("jax",), modes=MODES),
)

PRODUCTS = dict(forward=3, gradient=9)


def work(setting: Setting, mode: str) -> Work:
    """Three products, and twice as many for their derivatives."""
    n, d, f = (setting[axis] for axis in ("tokens", "width", "hidden"))
    moved = (2 * n * d + 3 * d * f) * (1 if mode == "forward" else 2) * BYTES[setting["dtype"]]
    return Work(flops=2 * PRODUCTS[mode] * n * d * f, moved=moved, exps=n * f)


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Time is linear in every size."""
    return 1.0 if of == "time" and axis in ("tokens", "width", "hidden") else None


def sweep(name: str, tokens: tuple[int, ...], dtype: str) -> Sweep:
    grid = dict(tokens=tokens, width=(768,), hidden=(2048,), dtype=(dtype,))
    return Sweep(name=name, axis="tokens", grid=grid, modes=MODES)


SWEEPS = {
    "default": tuple(sweep(x, (512, 1024, 2048, 4096), x) for x in ("float32", "bfloat16")),
    "quick": tuple(sweep(x, (2048,), x) for x in ("float32", "bfloat16")),
}

BENCH = Bench(
    name="glu",
    title="SwiGLU network",
    subject="jaxmath",
    reference="torch",
    peers=PEERS,
    problems={"jax_side": "glu.jax_problem:problem", "torch_side": "glu.torch_problem:problem"},
    sweeps=SWEEPS,
    letters=dict(tokens="N", width="d", hidden="f", dtype="dtype"),
    work=work,
    exponent=exponent,
)
