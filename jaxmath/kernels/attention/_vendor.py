"""Kernels made by others for one kind of machine, within what they are known to compute.

They bring a forward and a backward pass. A tangent, a cotangent of the log-denominators, and every
derivative beyond the first are the blockwise kernel's.
"""

import abc
import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present
from jaxmath.kernels.attention._fold import fold
from jaxmath.kernels.attention._plan import Options
from jaxmath.kernels.attention.blockwise import Blockwise

Named = dict[str, jax.Array]
Tests = Sequence[tuple[bool, str]]
Segments = tuple[jax.Array, jax.Array] | None


@dataclasses.dataclass(frozen=True)
class Vendor(Kernel):
    """Attention by a kernel made elsewhere.

    Attributes:
      options: the static options.
      interpret: whether a Pallas kernel is run as plain operations, on any machine.
    """

    options: Options
    interpret: bool = False
    broadcasts = True
    name: ClassVar[str]
    platform: ClassVar[str]
    caps: ClassVar[bool] = False

    def batched(self) -> Kernel:
        """Itself: one more leading axis is one more leading axis."""
        return self

    @abc.abstractmethod
    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Means, and if `whole` log-denominators; without, the kernel has a backward pass.

        Args:
          q: `[items, readers, n, d]`.
          k: `[items, 1, m, d]`.
          v: `[items, 1, m, d]`.
          segments: their numbers, `[items, n]` and `[items, m]`, or None.
          whole: whether log-denominators are wanted.
        """

    @classmethod
    @abc.abstractmethod
    def objection(cls, options: Options, named: Named, interpret: bool = False) -> str:
        """Why this kernel does not compute what is asked for; empty if it does."""

    @property
    def scale(self) -> float:
        """What products are multiplied by."""
        return 1.0 if self.options.scale is None else self.options.scale

    def _reference(self) -> Blockwise:
        return Blockwise(self.options)

    def forward(self, *args: jax.Array) -> Arrays:
        """The means `[..., n, e]`, and the logarithms of the denominators `[..., n]`."""
        return self._folded(args, whole=True)

    def _folded(self, args: Arrays, whole: bool) -> Arrays:
        named = dict(zip(self.options.operands, args, strict=True))
        folded = fold(named)
        both = folded.items + folded.readers
        q = folded.flat(named["q"], both)
        k, v = (folded.flat(named[x], folded.items) for x in ("k", "v"))
        numbers = [named[x] for x in ("query_segments", "key_segments") if x in named]
        numbers = [folded.flat(x, folded.items)[:, 0] for x in numbers]
        means, lse = self.attend(q, k, v, (numbers[0], numbers[1]) if numbers else None, whole)
        shape = (*folded.sizes, named["q"].shape[-2])
        means = folded.unflat(means, (*shape, means.shape[-1]))
        return (means,) if lse is None else (means, folded.unflat(lse, shape))

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        """The blockwise kernel's."""
        return self._reference().pushforward(args, outputs, tangents)

    def smooth_pullback(
        self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present
    ) -> Direction:
        """The blockwise kernel's."""
        return self._reference().pullback(args, outputs, cotangents, wanted)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The vendor's, unless the log-denominators are pulled back too."""
        if cotangents[1] is not None or cotangents[0] is None:
            return self.smooth_pullback(args, outputs, cotangents, wanted)
        # The forward pass that this repeats is the one already made; XLA keeps one of the two.
        floats = [n for n, x in enumerate(args) if jnp.issubdtype(x.dtype, jnp.floating)]

        def means(*moving: jax.Array) -> jax.Array:
            now = dict(zip(floats, moving, strict=True))
            return self._folded(tuple(now.get(n, x) for n, x in enumerate(args)), whole=False)[0]

        pulled = jax.vjp(means, *(args[n] for n in floats))[1](cotangents[0])
        found = dict(zip(floats, pulled, strict=True))
        return tuple(found.get(n) if asked else None for n, asked in enumerate(wanted))


def common_objection(cls: type[Vendor], options: Options, named: Named, interpret: bool, more: Tests) -> str:
    """What no vendor's kernel does, and then the first of its own tests that says no."""
    if not interpret and jax.default_backend() != cls.platform:
        return f"it runs on {cls.platform}, and this is {jax.default_backend()}"
    extra = sorted(set(named) - {"q", "k", "v", "query_segments", "key_segments"})
    if extra:
        return f"it does not take {', '.join(extra)}"
    if options.soft_cap is not None and not cls.caps:
        return "it has no soft_cap"
    if named["q"].shape[-1] != named["v"].shape[-1]:
        return "values must be as wide as keys"
    if named["q"].dtype == jnp.float64:
        return "it takes no float64"
    if options.offset:
        return "query 0 must stand at key 0"
    if options.right not in (None, 0):
        return "it has no window to the right"
    if options.precision not in (None, "default", jax.lax.Precision.DEFAULT):
        return "it has one precision"
    if options.block is not None:
        return "it chooses its own blocks"
    return next((why for wrong, why in more if wrong), "")
