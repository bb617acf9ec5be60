"""A step of training: what `jaxmath bench training` measures, beside whom, and what theory says."""

from training.sizes import parameters

from jaxmath._cli.bench.protocol import Bench, Peer, Setting, Sweep, Work

MODES = ("step",)


def ours(name: str, how: str, default: bool = False) -> Peer:
    return Peer(name=name, where=f"training.ours:{how}", packages=("jax",), modes=MODES, default=default)


def torch(name: str, how: str, default: bool = True) -> Peer:
    where = f"training.torch_gpt:{how}"
    return Peer(
        name=name, where=where, packages=("torch",), side="torch_side", modes=MODES, default=default,
        platforms=("cpu", "gpu"),
    )  # fmt: skip


PEERS = (
    ours("jaxmath", "make", default=True),
    torch("torch", "eager"),
    torch("torch compile", "compiled"),
    Peer(name="flax.nnx", where="training.flax_nnx:make", packages=("flax",), modes=MODES),
    torch("torch fused", "fused", default=False),
    ours("jaxmath remat", "remat"),
    ours("jaxmath scan", "scan"),
    ours("jaxmath scan remat", "scan_remat"),
)


def work(setting: Setting, mode: str) -> Work:
    """Six operations a weight and token, attention's products, and AdamW's passes over four arrays."""
    tokens, count = setting["batch"] * setting["length"], parameters(setting)
    pairs = setting["layers"] * setting["batch"] * setting["length"] ** 2 / 2
    return Work(flops=6 * count * tokens + 14 * pairs * setting["width"], moved=7 * 4 * count, exps=pairs)


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Nothing is fitted: a step has parts of different order."""
    return None


def sweep(name: str, layers: int, width: int, heads: int, words: int, batch: int, length: int) -> Sweep:
    sizes = dict(
        layers=layers, width=width, heads=heads, words=words, batch=batch, length=length, dtype="float32"
    )
    return Sweep(name=name, axis="batch", grid={x: (y,) for x, y in sizes.items()}, modes=MODES)


GPT2 = sweep("gpt2-small", 12, 768, 12, 50257, 1, 512)
CHARACTERS = sweep("characters", 6, 384, 6, 256, 8, 256)
SWEEPS = {"default": (CHARACTERS, GPT2), "quick": (CHARACTERS,)}

BENCH = Bench(
    name="training",
    title="A step of training",
    subject="jaxmath",
    reference="torch",
    peers=PEERS,
    problems={
        "jax_side": "training.jax_problem:problem",
        "torch_side": "training.torch_problem:problem",
    },
    sweeps=SWEEPS,
    letters=dict(layers="L", width="d", heads="H", words="V", batch="B", length="T", dtype="dtype"),
    work=work,
    exponent=exponent,
)
