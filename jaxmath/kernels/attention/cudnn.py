"""cuDNN, on NVIDIA GPUs."""

import importlib
from typing import Any

import jax
import jax.numpy as jnp

from jaxmath.kernels._differentiable import Arrays
from jaxmath.kernels.attention._fold import fold
from jaxmath.kernels.attention._plan import Options
from jaxmath.kernels.attention._vendor import Named, Segments, Vendor, common_objection


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
        return common_objection(cls, options, named, interpret, tests)

    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Readers are the heads of a group that shares one head of keys."""
        means, lse = self._call(q, k, v, "BNTH")
        return means, lse

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


def _heads_last(x: jax.Array) -> jax.Array:
    """From `[..., g, r, n, d]` to `[items, n, g r, d]`."""
    return x.reshape(-1, x.shape[-4] * x.shape[-3], *x.shape[-2:]).swapaxes(1, 2)


def _cudnn() -> Any:
    """JAX's own wrapper of cuDNN, which is where `jax.nn` has it from; None if it has moved."""
    try:
        return importlib.import_module("jax._src.cudnn.fused_attention_stablehlo")
    except ImportError:
        return None
