"""Kernels made by others for one kind of machine, within what they are known to compute.

They bring a forward and a backward pass. A tangent, a cotangent of the log-denominators, and every
derivative beyond the first are the blockwise kernel's.
"""

import abc
import dataclasses
import importlib
import math
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present
from jaxmath.kernels.attention._fold import fold
from jaxmath.kernels.attention._plan import Options
from jaxmath.kernels.attention.blockwise import Blockwise

Named = dict[str, jax.Array]
Segments = tuple[jax.Array, jax.Array] | None
_OPS = "jax.experimental.pallas.ops"


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


def _common(cls: type[Vendor], options: Options, named: Named, interpret: bool) -> str:
    """What no vendor's kernel does."""
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
    return ""


def _heads_last(x: jax.Array) -> jax.Array:
    """From `[..., g, r, n, d]` to `[items, n, g r, d]`."""
    return x.reshape(-1, x.shape[-4] * x.shape[-3], *x.shape[-2:]).swapaxes(1, 2)


def _cudnn() -> Any:
    """JAX's own wrapper of cuDNN, which is where `jax.nn` has it from; None if it has moved."""
    try:
        return importlib.import_module("jax._src.cudnn.fused_attention_stablehlo")
    except ImportError:
        return None


class Cudnn(Vendor):
    """Flash attention of NVIDIA's cuDNN, by way of JAX."""

    name = "cudnn"
    platform = "gpu"

    @classmethod
    def objection(cls, options: Options, named: Named, interpret: bool = False) -> str:
        """Why cuDNN is not used."""
        n, m, d = named["q"].shape[-2], *named["k"].shape[-2:]
        tests: list[tuple[bool, str]] = [
            (interpret, "it cannot be interpreted"),
            (_cudnn() is None, f"jax {jax.__version__} keeps its wrapper elsewhere"),
            (named["q"].dtype not in (jnp.bfloat16, jnp.float16), "it takes bfloat16 and float16 only"),
            (d % 8 != 0 or d > 128, "heads must be a multiple of 8 wide, 128 at most"),
            ("query_segments" in named, "it has no segments"),
            (options.left is not None and options.right is None, "a window must be causal"),
            (options.left is not None and n != m, "a window needs as many queries as keys"),
        ]
        return _common(cls, options, named, interpret) or next((why for wrong, why in tests if wrong), "")

    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Readers are the heads of a group that shares one head of keys."""
        return self._call(q, k, v, "BNTH")

    def _folded(self, args: Arrays, whole: bool) -> Arrays:
        """With heads after positions, if that is where they came from."""
        named = dict(zip(self.options.operands, args, strict=True))
        lead, folded = named["q"].shape[:-2], fold(named)
        if (
            not self.options.heads_last
            or folded.readers not in ((), (len(lead) - 1,))
            or lead != folded.sizes
        ):
            return super()._folded(args, whole)
        q, k, v = (_heads_last(named[x]) for x in "qkv")
        means, lse = self._call(q, k, v, "BTNH")
        n = q.shape[1]
        return means.swapaxes(1, 2).reshape(*lead, n, -1), lse.reshape(*lead, n)

    def _call(self, q: jax.Array, k: jax.Array, v: jax.Array, layout: str) -> Arrays:
        module = _cudnn()
        left, right = self.options.left, self.options.right
        # The same call with or without log-denominators, so that XLA sees it once.
        return module.dot_product_attention(
            q,
            k,
            v,
            scale=self.scale,
            mask_type=module.MaskType.NO_MASK if right is None else module.MaskType.CAUSAL,
            qkv_layout=layout,
            sliding_window_length=None if left is None else left + 1,
            return_residual=True,
        )


class Triton(Vendor):
    """JAX's Pallas kernel for NVIDIA GPUs (`jax.experimental.pallas.ops.gpu.attention.mha`)."""

    name = "triton"
    platform = "gpu"

    @classmethod
    def objection(cls, options: Options, named: Named, interpret: bool = False) -> str:
        """Why it is not used."""
        n, m, d = named["q"].shape[-2], *named["k"].shape[-2:]
        tests: list[tuple[bool, str]] = [
            (fold(named).n_readers > 1, "every head of queries needs keys of its own"),
            (options.left is not None, "it has no window"),
            (n % 128 != 0 or m % 128 != 0, "lengths must be multiples of 128"),
            ("query_segments" in named and n != m, "segments need as many queries as keys"),
            (d < 16 or d & (d - 1) != 0, "heads must be a power of two wide, 16 at least"),
        ]
        tests = tests[:2] if interpret else tests
        return _common(cls, options, named, interpret) or next((why for wrong, why in tests if wrong), "")

    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Items are the batch; there is one head."""
        found = importlib.import_module(f"{_OPS}.gpu.attention").mha(
            *(x.swapaxes(1, 2) for x in (q, k, v)),
            None if segments is None else segments[0],
            sm_scale=self.scale,
            causal=self.options.right is not None,
            interpret=self.interpret,
            return_residuals=whole,
        )
        # Its logarithms are of base two.
        return (found[0].swapaxes(1, 2), found[1] * math.log(2)) if whole else (found.swapaxes(1, 2), None)


class Splash(Vendor):
    """JAX's Pallas kernel for TPUs (`jax.experimental.pallas.ops.tpu.splash_attention`)."""

    name = "splash"
    platform = "tpu"
    caps = True

    @classmethod
    def objection(cls, options: Options, named: Named, interpret: bool = False) -> str:
        """Why it is not used."""
        n, m, d = named["q"].shape[-2], *named["k"].shape[-2:]
        tests: list[tuple[bool, str]] = [
            (options.left is not None and n > m, "a window may leave rows without keys"),
            (n % 128 != 0 or m % 128 != 0, "lengths must be multiples of 128"),
            (d % 128 != 0, "heads must be a multiple of 128 wide"),
        ]
        tests = tests[:1] if interpret else tests
        return _common(cls, options, named, interpret) or next((why for wrong, why in tests if wrong), "")

    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Readers are the heads of one head of keys; queries are scaled before."""
        kernels = importlib.import_module(f"{_OPS}.tpu.splash_attention.splash_attention_kernel")
        masks = importlib.import_module(f"{_OPS}.tpu.splash_attention.splash_attention_mask")
        n, m = q.shape[-2], k.shape[-2]
        sizes = _splash_blocks(n, m)
        attend = kernels.make_splash_mqa(
            masks.MultiHeadMask([_splash_mask(masks, self.options, n, m)] * q.shape[1]),
            block_sizes=kernels.BlockSizes(**sizes),
            head_shards=1,
            q_seq_shards=1,
            save_residuals=whole,
            attn_logits_soft_cap=self.options.soft_cap,
            interpret=self.interpret,
        )
        q = q if self.options.scale is None else q * jnp.asarray(self.scale, q.dtype)
        numbers = None if segments is None else kernels.SegmentIds(*segments)
        found = jax.vmap(attend)(q, k[:, 0], v[:, 0], numbers)
        return (found[0], found[1][0]) if whole else (found, None)


def _splash_blocks(n: int, m: int) -> dict[str, int]:
    queries, keys = (next(b for b in (512, 256, 128, size) if size % b == 0) for size in (n, m))
    names = ("block_q", "block_q_dkv", "block_q_dq"), ("block_kv", "block_kv_dkv", "block_kv_dq")
    return dict.fromkeys(names[0], queries) | dict.fromkeys(names[1], keys)


def _splash_mask(masks: Any, options: Options, n: int, m: int) -> Any:
    if options.left is not None:
        return masks.LocalMask((n, m), (options.left, options.right), 0)
    return masks.FullMask((n, m)) if options.right is None else masks.CausalMask((n, m))


VENDORS: dict[str, type[Vendor]] = {x.name: x for x in (Cudnn, Triton, Splash)}
