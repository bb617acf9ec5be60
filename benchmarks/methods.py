"""What is timed: questions by family and size, and the ways to answer them. Runs in processes of its own."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import grid
import jax
import numpy as np
import problems
import timing
from jax.test_util import check_grads

from jaxmath import verify
from jaxmath.definitions import layer_norm
from jaxmath.verify import compiled
from jaxmath.verify.problem import Problem, Sides, Vjp

SEED = 0


@dataclasses.dataclass(frozen=True)
class Question:
    """A function against another (`identity`) or against its pullback (`vjp`), and the arguments' types."""

    kind: str
    f: Callable[..., Any]
    other: Callable[..., Any]
    specs: list[Any]

    def problem(self) -> Problem:
        """The question as the engine has it."""
        if self.kind == "vjp":
            return Vjp(self.f, self.other, self.specs)
        return Sides(lambda *a: (self.f(*a), self.other(*a)), self.specs)

    def prove(self, backend: str) -> verify.Certificate:
        """The answer by the public function."""
        ask = verify.prove_vjp if self.kind == "vjp" else verify.prove_identity
        return ask(self.f, self.other, *self.specs, seed=SEED, backend=backend)

    def differentiable(self) -> Callable[..., Any]:
        """The function for finite differences, with the pullback as its rule where there is one."""
        if self.kind == "identity":
            return self.f
        ruled = jax.custom_vjp(lambda *a: self.f(*a))
        ruled.defvjp(lambda *a: (self.f(*a), a), lambda a, dy: self.other(*a, dy))
        return ruled


@dataclasses.dataclass(frozen=True)
class Family:
    """Questions that differ in one size.

    Attributes:
      title: what is asked.
      letter: the size that varies.
      fixed: the sizes that do not.
      sizes: its values.
      xla: those at which the compiled path is timed.
      ask: the question of a size.
    """

    title: str
    letter: str
    fixed: str
    sizes: tuple[int, ...]
    xla: tuple[int, ...]
    ask: Callable[[int], Question]


def _forward(n: int, d: int) -> Question:
    return Question("identity", problems.blockwise_attention, problems.naive, [problems.spec(n, d)] * 3)


def _backward(n: int, d: int) -> Question:
    return Question("vjp", problems.naive, problems.attention_vjp, [problems.spec(n, d)] * 3)


def _norm(d: int) -> Question:
    specs = [problems.spec(grid.SHORT, d), problems.spec(d), problems.spec(d)]
    return Question("vjp", layer_norm, problems.norm_vjp, specs)


def _stack(depth: int) -> Question:
    n, d, h = grid.BLOCK_LENGTH, grid.BLOCK_WIDTH, grid.BLOCK_HEADS
    fused, textbook = (
        functools.partial(problems.stack, block, h=h)
        for block in (problems.fused_block, problems.textbook_block)
    )
    return Question(
        "identity", fused, textbook, [problems.spec(n, d), [problems.block_params(d, 4 * d)] * depth]
    )


_BLOCK = f"T = {grid.BLOCK_LENGTH}, D = {grid.BLOCK_WIDTH}, {grid.BLOCK_HEADS} heads"
FAMILIES = {
    "forward-length": Family(
        "attention, forward",
        "T",
        f"d = {grid.HEAD}",
        grid.LENGTHS,
        grid.LENGTHS[::2],
        lambda n: _forward(n, grid.HEAD),
    ),
    "backward-length": Family(
        "attention, backward",
        "T",
        f"d = {grid.HEAD}",
        grid.LENGTHS,
        grid.LENGTHS[::2],
        lambda n: _backward(n, grid.HEAD),
    ),
    "forward-width": Family(
        "attention, forward",
        "d",
        f"T = {grid.SHORT}",
        grid.HEAD_WIDTHS,
        grid.HEAD_WIDTHS[::2],
        lambda d: _forward(grid.SHORT, d),
    ),
    "norm-width": Family(
        "layer norm, backward",
        "D",
        f"{grid.SHORT} rows",
        grid.NORM_WIDTHS,
        grid.NORM_WIDTHS[::3],
        _norm,
    ),
    "block-depth": Family("transformer blocks", "L", _BLOCK, grid.DEPTHS, grid.DEPTHS[:2], _stack),
}


# Ways to answer.


def prove(question: Question, backend: str) -> str:
    return str(question.prove(backend))


def finite_differences(question: Question) -> str:
    """check_grads in double precision, as gradcheck demands."""
    rng = np.random.default_rng(SEED)
    with jax.enable_x64(True):
        first, *rest = (jax.tree.map(lambda s: rng.normal(size=s.shape), spec) for spec in question.specs)
        # Matrices of layers are scaled as they are when a network starts out.
        rest = [
            a if isinstance(a, np.ndarray) else jax.tree.map(lambda w: w / np.sqrt(len(w)), a) for a in rest
        ]
        args = jax.tree.map(jax.numpy.asarray, [first, *rest])
        try:
            check_grads(question.differentiable(), args, order=1, modes=["rev"])
        except AssertionError as error:
            return "rejected: " + str(error).strip().splitlines()[0]
    return "accepted"


METHODS = {
    "numpy": functools.partial(prove, backend="numpy"),
    "xla": functools.partial(prove, backend="xla"),
    "check_grads": finite_differences,
}


def chosen(family: str, size: int) -> str:
    """The backend that a proof takes if none is named."""
    return "xla" if compiled.is_large(FAMILIES[family].ask(size).problem(), False) else "numpy"


def run(family: str, size: int, method: str, again_below: float) -> dict[str, Any]:
    """One run, with the seconds that XLA spent on compiling in its first call."""
    question = FAMILIES[family].ask(size)
    compiling: list[float] = []

    def note(event: str, seconds: float, **_: Any) -> None:
        if event.endswith("backend_compile_duration"):
            compiling.append(seconds)

    first: list[float] = []

    def call() -> str:
        outcome = METHODS[method](question)
        first.append(sum(compiling))
        return outcome

    jax.monitoring.register_event_duration_secs_listener(note)
    found = timing.twice(call, again_below)
    return {**found, "compiling": first[0], "auto": chosen(family, size)}
