"""The members of the two families of derivatives, and how they are computed; see `_differentiable`."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxmath.kernels._kernel import Arrays, Direction, Kernel, Present, along


@dataclasses.dataclass(frozen=True)
class Form:
    """Which member of the two families is meant, and which entries of its operands are there.

    Attributes:
      args: how many arguments there are.
      outputs: how many outputs.
      tangents: for every direction, which arguments it moves.
      cotangents: which outputs are pulled back; `None` means that tangents are pushed forward.
      wanted: the arguments whose cotangents are asked for.
    """

    args: int
    outputs: int
    tangents: tuple[Present, ...]
    cotangents: Present | None = None
    wanted: Present = ()

    def split(self, operands: Sequence[Any]) -> tuple[Any, Any, list[Any], Any]:
        """Arguments, outputs, directions and cotangents."""
        rest = iter(operands)
        args = tuple(next(rest) for _ in range(self.args))
        outputs = tuple(next(rest) for _ in range(self.outputs))
        directions = [_filled(present, rest) for present in self.tangents]
        return args, outputs, directions, None if self.cotangents is None else _filled(self.cotangents, rest)

    def evaluate(self, kernel: Kernel, *operands: Any) -> list[jax.Array]:
        """The entries that are asked for."""
        args, outputs, directions, cotangents = self.split(operands)
        if cotangents is None:
            return list(_push(kernel, args, outputs, directions))
        pulled = _pull(kernel, args, outputs, directions, cotangents, self.wanted)
        return [
            jnp.zeros_like(x) if ct is None else ct
            for x, ct, asked in zip(args, pulled, self.wanted, strict=True)
            if asked
        ]


def _filled(present: Present, values: Any) -> tuple[Any, ...]:
    return tuple(next(values) if there else None for there in present)


def _push(kernel: Kernel, args: Arrays, outputs: Arrays, directions: list[Direction]) -> Arrays:
    first, *others = directions
    rule = lambda x, y: kernel.pushforward(x, y, first)  # noqa: E731
    for direction in others:
        rule = _one_more(rule, kernel, direction)
    return rule(args, outputs)


def _pull(
    kernel: Kernel,
    args: Arrays,
    outputs: Arrays,
    directions: list[Direction],
    cotangents: Direction,
    wanted: Present,
) -> Direction:
    if not directions:
        return kernel.pullback(args, outputs, cotangents, wanted)
    rule = lambda x, y: kernel.smooth_pullback(x, y, cotangents, wanted)  # noqa: E731
    for direction in directions:
        rule = _one_more(rule, kernel, direction)
    return rule(args, outputs)


def _one_more(
    rule: Callable[[Arrays, Arrays], Any], kernel: Kernel, direction: Direction
) -> Callable[[Arrays, Arrays], Any]:
    return lambda x, y: _along_both(rule, kernel, x, y, direction)


def _along_both(
    rule: Callable[[Arrays, Arrays], Any], kernel: Kernel, args: Arrays, outputs: Arrays, direction: Direction
) -> Any:
    """The derivative of a rule along a direction of the arguments; the outputs move with them."""
    moved = kernel.pushforward(args, outputs, direction)
    n = len(args)
    still = (None,) * kernel.hidden
    return along(lambda *both: rule(both[:n], both[n:]), (*args, *outputs), (*direction, *moved, *still))
