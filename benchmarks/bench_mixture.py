"""Mixture of experts: what `jaxmath bench mixture` measures, beside whom, and what theory says."""

from jaxmath._cli.bench.protocol import BYTES, Bench, Peer, Setting, Sweep, Work

MODES = ("forward", "gradient")
PACKAGES = ("transformers", "torch")


def ours(name: str, how: str, default: bool = False) -> Peer:
    return Peer(name=name, where=f"mixture.ours:{how}", packages=("jax",), modes=MODES, default=default)


def theirs(name: str, how: str) -> Peer:
    where, platforms = f"mixture.transformers_block:{how}", ("cpu", "gpu")
    return Peer(
        name=name, where=where, packages=PACKAGES, side="torch_side", modes=MODES, platforms=platforms
    )


PEERS = (
    ours("jaxmath", "kernel", default=True),
    theirs("transformers", "eager"),
    theirs("transformers grouped", "grouped"),
    ours("ragged dot", "ragged", default=True),
    ours("definition", "definition"),
)

PRODUCTS = dict(forward=3, gradient=9)


def work(setting: Setting, mode: str) -> Work:
    """Three products for every token and expert it goes to, and twice as many for their derivatives."""
    n, d, f, e, k = (setting[axis] for axis in ("tokens", "width", "hidden", "experts", "chosen"))
    moved = (2 * n * d + 3 * e * d * f) * (1 if mode == "forward" else 2) * BYTES[setting["dtype"]]
    return Work(flops=2 * PRODUCTS[mode] * n * k * d * f, moved=moved, exps=n * k * f)


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Nothing is fitted: few tokens cost what their experts' weights cost to read."""
    return None


def sweep(name: str, tokens: tuple[int, ...], dtype: str) -> Sweep:
    grid = dict(tokens=tokens, width=(768,), hidden=(1024,), experts=(8,), chosen=(2,), dtype=(dtype,))
    return Sweep(name=name, axis="tokens", grid=grid, modes=MODES)


TOKENS = (1, 8, 64, 256, 1024, 2048, 4096)
SWEEPS = {
    "default": (sweep("float32", TOKENS, "float32"), sweep("bfloat16", (1, 8, 2048), "bfloat16")),
    "quick": (sweep("float32", (2048,), "float32"),),
}

BENCH = Bench(
    name="mixture",
    title="Mixture of experts",
    subject="jaxmath",
    reference="transformers",
    peers=PEERS,
    problems={"jax_side": "mixture.jax_problem:problem", "torch_side": "mixture.torch_problem:problem"},
    sweeps=SWEEPS,
    letters=dict(tokens="N", width="d", hidden="f", experts="E", chosen="k", dtype="dtype"),
    work=work,
    exponent=exponent,
)
