"""Read-out and loss: what `jaxmath bench cross_entropy` measures, beside whom, and what theory says."""

from jaxmath._cli.bench.protocol import BYTES, Bench, Peer, Setting, Sweep, Work

FIRST = ("forward", "gradient")
PEERS = (
    Peer(name="jaxmath", where="cross_entropy.ours:loss", packages=("jax",)),
    Peer(
        name="torch",
        where="cross_entropy.torch_functional:loss",
        packages=("torch",),
        side="torch_side",
        modes=FIRST,
    ),
    Peer(name="optax", where="cross_entropy.optax_losses:loss", packages=("optax",)),
    Peer(name="naive", where="cross_entropy.naive:loss", packages=("jax",)),
)

# Products of tokens by words by width. Backward: scores, dx and dE. A tangent of scores is two products.
PRODUCTS = dict(forward=1, gradient=3, jvp=3, hvp=8)


def work(setting: Setting, mode: str) -> Work:
    """The least work: no product is taken twice, though who keeps no scores takes one of them again."""
    n, d, v = (setting[axis] for axis in ("tokens", "width", "words"))
    arrays = (n + v) * d * (1 if mode == "forward" else 2)
    return Work(flops=2 * PRODUCTS[mode] * n * d * v, moved=arrays * BYTES[setting["dtype"]], exps=n * v)


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Time is linear in all sizes; memory is not fitted: blocks are as large as arguments."""
    return 1.0 if of == "time" and axis in ("tokens", "width", "words") else None


def grid(**given):
    return {**dict(tokens=(2048,), width=(768,), words=(50257,), dtype=("float32",)), **given}


SWEEPS = {
    "default": (
        Sweep(name="tokens", axis="tokens", grid=grid(tokens=(512, 1024, 2048, 4096)), modes=FIRST),
        Sweep(name="words", axis="words", grid=grid(words=(8192, 16384, 32768, 65536)), modes=FIRST),
        Sweep(
            name="bfloat16", axis="tokens", grid=grid(tokens=(1024, 2048), dtype=("bfloat16",)), modes=FIRST
        ),
        Sweep(
            name="derivatives",
            axis="tokens",
            grid=grid(tokens=(512, 1024)),
            modes=("jvp", "hvp"),
            peers=("jaxmath", "optax", "naive"),
        ),
    ),
    "quick": (Sweep(name="tokens", axis="tokens", grid=grid(tokens=(512, 2048)), modes=FIRST),),
}

BENCH = Bench(
    name="cross_entropy",
    title="Read-out and cross-entropy",
    subject="jaxmath",
    reference="torch",
    peers=PEERS,
    problems={
        "jax_side": "cross_entropy.jax_problem:problem",
        "torch_side": "cross_entropy.torch_problem:problem",
    },
    sweeps=SWEEPS,
    letters=dict(tokens="N", width="d", words="V", dtype="dtype"),
    work=work,
    exponent=exponent,
)
