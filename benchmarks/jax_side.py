"""JAX's side of a worker: modes of differentiation, compiling, clocks and ceilings. Knows no component."""

import functools
import time
from collections.abc import Callable
from typing import Any

import clock
import jax
import jax.numpy as jnp

Setting = dict[str, Any]
Function = Callable[..., Any]
EXPS = 16  # one after the other in one pass over memory, so that they are what takes the time


def facts() -> dict[str, Any]:
    """Where this process computes."""
    device = jax.devices()[0]
    limit = (device.memory_stats() or {}).get("bytes_limit")
    return dict(
        platform={"cuda": "gpu", "rocm": "gpu"}.get(device.platform, device.platform),
        kind=device.device_kind,
        count=len(jax.devices()),
        library=jax.__version__,
        memory_mib=limit / clock.MIB if limit else None,
    )


# Modes: from a function and its arguments to what is timed and all that it takes.


def forward(f: Function, args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    return f, args


def gradient(f: Function, args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    """The output and the gradients: a training step needs both."""

    def call(args, cotangent):
        out, pullback = jax.vjp(f, *args)
        return out, pullback(cotangent)

    return call, (args, _drawn(jax.eval_shape(f, *args), 1))


def jvp(f: Function, args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    return lambda args, tangents: jax.jvp(f, args, tangents), (args, _drawn(args, 2))


def hvp(f: Function, args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    """The Hessian of <f, cotangent> times a vector, forward over reverse."""

    def call(args, tangents, cotangent):
        return jax.jvp(lambda *args: jax.vjp(f, *args)[1](cotangent), args, tangents)[1]

    return call, (args, _drawn(args, 2), _drawn(jax.eval_shape(f, *args), 1))


def step(f: Function, args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    """From a state and data to the next state and a figure; the state gives its memory to the next."""
    return f, args


MODES = dict(forward=forward, gradient=gradient, jvp=jvp, hvp=hvp, step=step)


def _drawn(like: Any, seed: int) -> Any:
    leaves, tree = jax.tree.flatten(like)
    keys = jax.random.split(jax.random.key(seed), len(leaves))
    draw = [jax.random.normal(key, leaf.shape, leaf.dtype) for key, leaf in zip(keys, leaves, strict=True)]
    return jax.tree.unflatten(tree, draw)


class Runner:
    """One compiled function and its arguments.

    Args:
      problem: makes a function and its arguments from a setting and a method.
      method: how the function computes.
    """

    def __init__(self, problem: Function, method: Any) -> None:
        self.problem, self.method = problem, method
        self.on_host = jax.devices()[0].platform == "cpu"
        self.call = self.start = _nothing

    def prepare(self, setting: Setting, mode: str) -> dict[str, Any]:
        """Compiles, and calls it twice: seconds of the parts, and memory."""
        self.call = self.start = _nothing
        jax.config.update("jax_enable_x64", setting.get("dtype") == "float64")
        function, args = MODES[mode](*self.problem(setting, self.method))
        jax.block_until_ready(args)
        start = time.perf_counter()
        lowered = jax.jit(function, donate_argnums=0 if mode == "step" else ()).lower(*args)
        tracing = time.perf_counter() - start
        compiled = lowered.compile()
        compiling = time.perf_counter() - start - tracing
        self.start = (_stepping if mode == "step" else functools.partial)(compiled, *args)
        self.call = lambda: jax.block_until_ready(self.start())
        told = dict(tracing=tracing, compiling=compiling, **_planned(compiled))
        before = _device_memory()
        with clock.Growth() as first:
            told["first"] = clock.timed(self.call)
        with clock.Growth() as grown:
            told["warm"] = clock.timed(self.call)
        if self.on_host:
            told |= dict(resident_mib=grown.mib, resident_first_mib=first.mib, resident_exact=grown.exact)
        return told | _device_growth(before)

    def run(self, calls: int) -> float:
        """Seconds a call, over several; on an accelerator they are queued, as a program does it."""
        if self.on_host:
            return sum(clock.timed(self.call) for _ in range(calls)) / calls
        start = time.perf_counter()
        for _ in range(calls):
            out = self.start()
        jax.block_until_ready(out)
        return (time.perf_counter() - start) / calls


def _nothing() -> None:
    raise RuntimeError("nothing is prepared")


def _stepping(compiled: Function, state: Any, *data: Any) -> Function:
    """A call that goes on from the state of the one before, and tells a figure."""
    held = [state]

    def call() -> Any:
        state, figure = compiled(held.pop(), *data)
        held.append(state)
        return figure

    return call


def _planned(compiled: Any) -> dict[str, Any]:
    """What XLA says that it allocates, in MiB."""
    plan = compiled.memory_analysis()
    if plan is None:
        return {}
    parts = dict(
        xla_temp_mib="temp_size_in_bytes",
        xla_output_mib="output_size_in_bytes",
        xla_argument_mib="argument_size_in_bytes",
    )
    return {key: getattr(plan, name) / clock.MIB for key, name in parts.items() if hasattr(plan, name)}


def _device_memory() -> dict[str, int]:
    return jax.devices()[0].memory_stats() or {}


def _device_growth(before: dict[str, int]) -> dict[str, float]:
    """The peak on an accelerator above what was there; nothing if an earlier peak hides it."""
    now = _device_memory()
    if now.get("peak_bytes_in_use", 0) <= before.get("peak_bytes_in_use", 0):
        return {}
    return dict(device_mib=(now["peak_bytes_in_use"] - before["bytes_in_use"]) / clock.MIB)


# Ceilings.


def ceilings(dtypes: list[str]) -> dict[str, float]:
    """What the machine does at most: FLOP/s of a product by type, bytes/s, exponentials/s."""
    on_host = jax.devices()[0].platform == "cpu"
    found = {f"product {dtype}": _product(dtype, on_host) for dtype in dtypes}
    size = 2**24 if on_host else 2**28
    found["bandwidth"] = 8 * size / _in_place(lambda x: x + 1, size)
    found["exp"] = EXPS * size / 4 / _in_place(_exps, size // 4)
    return found


def _product(dtype: str, on_host: bool) -> float:
    def work(n: int) -> tuple[float, Callable[[], Any]]:
        a, b = _drawn((jax.ShapeDtypeStruct((n, n), dtype),) * 2, 0)
        product = jax.jit(lambda a, b: a @ b)
        return 2.0 * n**3, lambda: jax.block_until_ready(product(a, b))

    return clock.best_rate(work, 4096 if on_host else 16384)


def _in_place(f: Function, size: int) -> float:
    """The least time of a pass over memory that is there already."""
    compiled = jax.jit(f, donate_argnums=0)
    held = [jax.random.normal(jax.random.key(0), (size,), "float32")]

    def call() -> None:
        held[0] = jax.block_until_ready(compiled(held[0]))

    return clock.fastest(call)


def _exps(x: Any) -> Any:
    for _ in range(EXPS):
        x = jnp.exp(-x)
    return x


def verbs(problem: Function | None = None, method: Any = None) -> dict[str, Function]:
    """What this process can be asked to do."""
    if problem is None:
        return dict(ceilings=ceilings)
    runner = Runner(problem, method)
    return dict(prepare=runner.prepare, run=runner.run)
