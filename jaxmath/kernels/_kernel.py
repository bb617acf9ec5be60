"""What a kernel brings: itself, and the rules from which all of its derivatives are made."""

import abc
import dataclasses
from collections.abc import Callable
from typing import Any

import jax

Arrays = tuple[jax.Array, ...]
# One entry an argument; `None` stands for a zero that nobody computes.
Direction = tuple[jax.Array | None, ...]
Present = tuple[bool, ...]


class Kernel(abc.ABC):
    """A function of arrays and its rules; instances are hashable and hold the static options.

    Derivatives are those with respect to floating arguments, at outputs which the kernel itself
    computed: `outputs` is always `forward(*args)`, and may hold what only the rules need.
    """

    @abc.abstractmethod
    def forward(self, *args: jax.Array) -> Arrays:
        """The outputs, floating arrays."""

    @abc.abstractmethod
    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of the arguments that are wanted, one entry an argument."""

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        """The tangents of the outputs that are not hidden; by default, those of `forward` in forward mode."""
        visible = len(outputs) - self.hidden
        return along(lambda *args: self.forward(*args)[:visible], args, tangents)

    def smooth_pullback(
        self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present
    ) -> Direction:
        """The same as `pullback`, in operations that forward mode can differentiate."""
        return self.pullback(args, outputs, cotangents, wanted)

    def prepared(self) -> "Kernel":
        """The kernel that runs where derivatives are taken: the same outputs, then hidden ones."""
        return self

    #: How many of the last outputs `pullback` alone reads; they have no tangents, and nobody sees them.
    hidden: int = 0

    def batched(self) -> "Kernel":
        """This kernel for arguments with one more leading axis, which all of them have."""
        return _Mapped(self)

    #: Whether, under `batched`, the new axis of an argument may have size one instead.
    broadcasts: bool = False


@dataclasses.dataclass(frozen=True)
class _Mapped(Kernel):
    kernel: Kernel

    @property
    def hidden(self) -> int:  # type: ignore[override]
        return self.kernel.hidden

    def prepared(self) -> Kernel:
        return _Mapped(self.kernel.prepared())

    def forward(self, *args: jax.Array) -> Arrays:
        return jax.vmap(self.kernel.forward)(*args)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        rule = lambda x, y, w: self.kernel.pullback(x, y, w, wanted)  # noqa: E731
        return jax.vmap(rule)(args, outputs, cotangents)

    def smooth_pullback(
        self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present
    ) -> Direction:
        rule = lambda x, y, w: self.kernel.smooth_pullback(x, y, w, wanted)  # noqa: E731
        return jax.vmap(rule)(args, outputs, cotangents)

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        return jax.vmap(self.kernel.pushforward)(args, outputs, tangents)


def along(function: Callable[..., Any], args: Arrays, direction: Direction) -> Any:
    """The derivative of a function along a direction, in forward mode."""
    moving = [n for n, v in enumerate(direction) if v is not None]

    def of_moving(*values: jax.Array) -> Any:
        now = dict(zip(moving, values, strict=True))
        return function(*(now.get(n, x) for n, x in enumerate(args)))

    point, velocity = [args[n] for n in moving], [direction[n] for n in moving]
    return jax.jvp(of_moving, point, velocity)[1]
