"""JAX's Pallas kernel for TPUs."""

import importlib
from typing import Any

import jax
import jax.numpy as jnp

from jaxmath.kernels.attention._plan import Options
from jaxmath.kernels.attention._vendor import Named, Segments, Vendor, common_objection

_MODULE = "jax.experimental.pallas.ops.tpu.splash_attention"


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
            (m % 128 != 0, "keys must be a multiple of 128 in number"),
            (n % 128 != 0, "queries must be a multiple of 128 in number"),
            (d % 128 != 0, "heads must be a multiple of 128 wide"),
        ]
        tests = tests[:2] if interpret else tests
        return common_objection(cls, options, named, interpret, tests)

    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Readers are the heads of one head of keys; queries are scaled before."""
        kernels = importlib.import_module(f"{_MODULE}.splash_attention_kernel")
        masks = importlib.import_module(f"{_MODULE}.splash_attention_mask")
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
