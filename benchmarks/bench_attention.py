"""Attention: what `jaxmath bench attention` measures, beside whom, and what theory says."""

import math

from jaxmath._cli.bench.protocol import BYTES, Bench, Peer, Setting, Sweep, Work

LENGTHS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)
MODES = ("forward", "gradient", "jvp", "hvp")
GPU = ("gpu",)

PEERS = (
    Peer(name="jaxmath", where="attention.ours:METHOD", packages=("jax",)),
    Peer(
        name="torch",
        where="attention.torch_sdpa:DEFAULT",
        packages=("torch",),
        side="torch_side",
        platforms=("cpu", "gpu"),
    ),
    Peer(name="jax.nn", where="attention.jax_nn:DEFAULT", packages=("jax",)),
    Peer(name="jax.nn cudnn", where="attention.jax_nn:CUDNN", packages=("jax",), platforms=GPU),
    Peer(name="flax.nnx", where="attention.flax_nnx:METHOD", packages=("flax",)),
    Peer(name="equinox", where="attention.equinox_mha:METHOD", packages=("equinox",)),
    Peer(name="tokamax xla", where="attention.tokamax_ops:XLA", packages=("tokamax",)),
    Peer(name="tokamax chunked", where="attention.tokamax_ops:CHUNKED", packages=("tokamax",)),
    Peer(name="naive", where="attention.naive:METHOD", packages=("jax",)),
    Peer(
        name="torch math",
        where="attention.torch_sdpa:MATH",
        packages=("torch",),
        side="torch_side",
        modes=("jvp", "hvp"),
        platforms=("cpu", "gpu"),
    ),
    Peer(
        name="jaxmath blockwise",
        where="attention.ours:BLOCKWISE",
        packages=("jax",),
        default=False,
    ),
    Peer(name="jaxmath btnh", where="attention.ours:BTNH", packages=("jax",), default=False),
    Peer(name="tokamax", where="attention.tokamax_ops:DEFAULT", packages=("tokamax",), default=False),
)

# Products of an n x m by a width-d matrix. None is counted twice but the scores in the backward pass, as is
# customary. Forward: q k, p v. Backward: q k, do v, dq, dk, dv. A tangent is two products where both factors
# vary, so that forward mode has 2 + 4, and the Hessian q k, p v, do v, dq, dk, dv and 2, 2, 1, 2, 2, 1 more.
PRODUCTS = dict(forward=2, gradient=7, jvp=6, hvp=16)
# Passes over arrays of n x d: what is read and written at the least.
ARRAYS = dict(forward=4, gradient=9, jvp=8, hvp=10)


def work(setting: Setting, mode: str) -> Work:
    """The least work; a causal mask halves it, the diagonal kept."""
    b, t, d = (setting[axis] for axis in ("batch", "length", "width"))
    heads = int(str(setting["heads"]).partition(":")[0])
    pairs = b * heads * (t * (t + 1) / 2 if setting["causal"] else t * t)
    return Work(
        flops=2 * PRODUCTS[mode] * pairs * d,
        moved=ARRAYS[mode] * b * heads * t * d * BYTES[setting["dtype"]],
        exps=pairs,
    )


def exponent(axis: str, mode: str, of: str) -> float | None:
    """Time is quadratic in length; memory is linear if scores are not kept, and all else is linear."""
    if axis not in ("length", "batch", "heads", "width"):
        return None
    return 2.0 if (axis, of) == ("length", "time") else 1.0


def settled(setting: Setting) -> Setting:
    """With a number of tokens, as many sequences as they make."""
    if not setting.get("tokens"):
        return {axis: value for axis, value in setting.items() if axis != "tokens"}
    return {**setting, "batch": math.ceil(setting["tokens"] / setting["length"])}


def each(setting: Setting) -> float:
    """With a number of tokens, figures are a sequence's."""
    return setting["batch"] if setting.get("tokens") else 1.0


def grid(**given):
    plain = dict(length=(1024,), batch=(1,), heads=("8",), width=(64,), dtype=("float32",), causal=(True,))
    return {**plain, "tokens": (0,), **given}


def gpu(name: str, width: int, causal: bool, modes: tuple[str, ...]) -> Sweep:
    """As publications on FlashAttention have it: bfloat16, as many heads as make 2048 columns, 16k tokens."""
    derivatives = "jvp" in modes
    lengths = tuple(2**n for n in range(10, 16, 1 + derivatives)) + (2**15,) * derivatives
    peers = ("jaxmath", "jax.nn", "torch math") if derivatives else ("jaxmath", "torch", "jax.nn cudnn")
    fixed = dict(
        heads=(str(2048 // width),), width=(width,), dtype=("bfloat16",), causal=(causal,), tokens=(16384,)
    )
    return Sweep(
        name=f"{name} {width}", axis="length", grid=grid(length=lengths, **fixed), modes=modes, peers=peers
    )


FIRST = ("forward", "gradient")
SWEEPS = {
    "default": (
        Sweep(name="causal", axis="length", grid=grid(length=LENGTHS), modes=MODES),
        Sweep(name="full", axis="length", grid=grid(length=LENGTHS, causal=(False,)), modes=FIRST),
        Sweep(name="gqa", axis="length", grid=grid(length=LENGTHS, heads=("8:2",)), modes=FIRST),
        Sweep(name="bfloat16", axis="length", grid=grid(length=LENGTHS, dtype=("bfloat16",)), modes=FIRST),
        Sweep(name="batch", axis="batch", grid=grid(length=(512,), batch=(1, 2, 4, 8)), modes=FIRST),
        Sweep(name="heads", axis="heads", grid=grid(heads=("2", "4", "8", "16")), modes=FIRST),
        Sweep(name="width", axis="width", grid=grid(width=(32, 64, 128, 256)), modes=FIRST),
    ),
    "quick": (Sweep(name="causal", axis="length", grid=grid(length=(256, 512, 1024, 2048)), modes=MODES),),
    "gpu": (
        *(gpu("causal", width, True, FIRST) for width in (64, 128)),
        *(gpu("derivatives", width, True, ("jvp", "hvp")) for width in (64, 128)),
        *(gpu("full", width, False, FIRST) for width in (64, 128)),
    ),
}

BENCH = Bench(
    name="attention",
    title="Attention",
    subject="jaxmath",
    reference="torch",
    peers=PEERS,
    problems={"jax_side": "attention.jax_problem:problem", "torch_side": "attention.torch_problem:problem"},
    sweeps=SWEEPS,
    letters=dict(
        length="T", batch="B", heads="H", width="d", dtype="dtype", causal="causal", tokens="tokens"
    ),
    work=work,
    exponent=exponent,
    settled=settled,
    each=each,
)
