"""PyTorch's side of a worker: what `jax_side` does, in torch. Runs where no JAX is."""

import time
from collections.abc import Callable
from typing import Any

import clock
import torch

Setting = dict[str, Any]
Function = Callable[..., Any]
EXPS = 16
ON_HOST = not torch.cuda.is_available()
DEVICE = "cpu" if ON_HOST else "cuda"


def facts() -> dict[str, Any]:
    """Where this process computes."""
    kind = "cpu" if ON_HOST else torch.cuda.get_device_name()
    threads = dict(threads=torch.get_num_threads()) if ON_HOST else {}
    return dict(platform="cpu" if ON_HOST else "gpu", kind=kind, library=torch.__version__, **threads)


def wait() -> None:
    if not ON_HOST:
        torch.cuda.synchronize()


# Modes: from a function and its arguments to what is timed.


def forward(f: Function, args: tuple[Any, ...]) -> Function:
    def call():
        with torch.no_grad():
            return f(*args)

    return call


def gradient(f: Function, args: tuple[Any, ...]) -> Function:
    args = tuple(a.requires_grad_() for a in args)
    cotangent = _like(f(*args), 1)

    def call():
        out = f(*args)
        return out, torch.autograd.grad(out, args, cotangent)

    return call


def jvp(f: Function, args: tuple[Any, ...]) -> Function:
    tangents = tuple(_like(a, 2) for a in args)
    return lambda: torch.func.jvp(f, args, tangents)


def hvp(f: Function, args: tuple[Any, ...]) -> Function:
    """The Hessian of <f, cotangent> times a vector, reverse over reverse as torch has it."""
    args = tuple(a.requires_grad_() for a in args)
    tangents, cotangent = tuple(_like(a, 2) for a in args), _like(f(*args), 1)

    def call():
        gradients = torch.autograd.grad(f(*args), args, cotangent, create_graph=True)
        return torch.autograd.grad(gradients, args, tangents)

    return call


def step(f: Function, args: tuple[Any, ...]) -> Function:
    """What changes a state in place, and tells a figure."""
    return lambda: f(*args)


MODES = dict(forward=forward, gradient=gradient, jvp=jvp, hvp=hvp, step=step)


def _like(x: torch.Tensor, seed: int) -> torch.Tensor:
    torch.manual_seed(seed)
    return torch.randn_like(x.detach())


def _nothing() -> None:
    raise RuntimeError("nothing is prepared")


class Runner:
    """One function and its arguments, eager."""

    def __init__(self, problem: Function, method: Any) -> None:
        self.problem, self.method = problem, method
        self.start: Function = _nothing

    def prepare(self, setting: Setting, mode: str) -> dict[str, Any]:
        """Calls it twice: seconds and memory."""
        self.start = _nothing
        self.start = MODES[mode](*self.problem(setting, self.method))
        wait()
        with clock.Growth() as grown:
            first = clock.timed(self.call)
        if not ON_HOST:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            warm = clock.timed(self.call)
            peak = torch.cuda.max_memory_allocated()
            return dict(first=first, warm=warm, device_mib=(peak - before) / clock.MIB)
        with clock.Growth() as again:
            warm = clock.timed(self.call)
        memory = dict(resident_mib=again.mib, resident_first_mib=grown.mib, resident_exact=again.exact)
        return dict(first=first, warm=warm, **memory)

    def call(self) -> Any:
        out = self.start()
        wait()
        return out

    def run(self, calls: int) -> float:
        """Seconds a call, over several."""
        if ON_HOST:
            return sum(clock.timed(self.call) for _ in range(calls)) / calls
        start = time.perf_counter()
        for _ in range(calls):
            out = self.start()
        wait()
        del out
        return (time.perf_counter() - start) / calls


def ceilings(dtypes: list[str]) -> dict[str, float]:
    """What the machine does at most: FLOP/s of a product by type, bytes/s, exponentials/s."""
    found = {f"product {dtype}": _product(dtype) for dtype in dtypes}
    size = 2**24 if ON_HOST else 2**28
    x = torch.randn(size, device=DEVICE)
    found["bandwidth"] = 8 * size / clock.fastest(lambda: (x.add_(1), wait()))
    part = x[: 2**16 if ON_HOST else size].clone()  # in a cache, on a host: torch makes a pass for each
    found["exp"] = len(part) / clock.fastest(lambda: (part.clamp_(-1, 0).exp_(), wait()))
    return found


def _product(dtype: str) -> float:
    def work(n: int) -> tuple[float, Function]:
        a, b = (torch.randn(n, n, device=DEVICE).to(getattr(torch, dtype)) for _ in range(2))
        return 2.0 * n**3, lambda: (a @ b, wait())

    return clock.best_rate(work, 4096 if ON_HOST else 16384)


def verbs(problem: Function | None = None, method: Any = None) -> dict[str, Function]:
    """What this process can be asked to do."""
    if problem is None:
        return dict(ceilings=ceilings)
    runner = Runner(problem, method)
    return dict(prepare=runner.prepare, run=runner.run)
