"""Memory: caches, activations and states, as arrays have them and as published."""

from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    AttentionShape,
    MLPShape,
    Precision,
    TransformerShape,
    activation_bytes,
    block_activation_bytes,
    kv_cache_bytes,
    kv_cache_width,
    published_shape,
    state_bytes,
)
from jaxmath.verify.claim import accounting, distribution

CACHES = {"deepseek-v3": 70272, "qwen2.5-72b": 327680, "llama-3.1-405b": 516096}
KORTHIKANTI = "Korthikanti et al. 2022, arXiv:2205.05198"
ZERO = "Rajbhandari et al. 2020, arXiv:1910.02054"
GROUPED = AttentionShape(heads=4, groups=2, key_width=3, value_width=5)
ROWS = [("gpt2", 128, 1), ("gpt2-xl", 1024, 4), ("gpt3", 2048, 8)]


@accounting(
    source="DeepSeek-AI 2025, Insights into DeepSeek-V3, arXiv:2505.09343, table 1 (KB are 1000 bytes)"
)
def caches_have_the_published_size():
    r"""Bytes for a token: $2 L g k b$ with groups, $L (r_{kv} + d_{\mathrm{rope}}) b$ with a latent."""
    return [kv_cache_bytes(published_shape(name), 1) for name in CACHES], list(CACHES.values())


@caches_have_the_published_size.mutant
def caches_hold_every_head():
    shapes = [published_shape(name) for name in CACHES]
    return [s.layers * 2 * s.attention.heads * s.attention.key_width * 2 for s in shapes], list(
        CACHES.values()
    )


def _projected(groups: int) -> int:
    """Bytes of the keys and values of five tokens of width 6, in single precision."""
    x, wk, wv = _shapes.array(5, 6), _shapes.array(groups, 6, 3), _shapes.array(groups, 6, 5)
    made = jax.eval_shape(lambda x, *w: [jnp.einsum("nd,gdk->gnk", x, each) for each in w], x, wk, wv)
    return sum(array.size * array.dtype.itemsize for array in made)


def _one_layer(attention: AttentionShape, **changes) -> TransformerShape:
    told: dict[str, Any] = dict(width=6, layers=1, vocabulary=1, mlp=MLPShape(hidden=1))
    return TransformerShape(**(told | changes), attention=attention)


@accounting(source="Ainslie et al. 2023, arXiv:2305.13245, section 2.2")
def caches_hold_projected_keys_and_values():
    r"""The arrays that the projections $W_K$ and $W_V$ of all groups make of $n$ tokens."""
    return kv_cache_bytes(_one_layer(GROUPED), 5, size=4), _projected(GROUPED.groups)


@caches_hold_projected_keys_and_values.mutant
def caches_hold_keys_only():
    return 5 * 4 * GROUPED.groups * GROUPED.key_width, _projected(GROUPED.groups)


@distribution(source="Jiang et al. 2023, arXiv:2310.06825, section 2 (rolling buffer); Gemma Team 2024")
def caches_of_windows_stop_growing():
    r"""Of $n$ tokens, a layer with a window of $w$ keeps $\min(n, w)$; the other layers keep all."""
    gemma, width = published_shape("gemma-2-2b"), kv_cache_width(published_shape("gemma-2-2b").attention)
    lengths = (1, 4096, 8192)
    return [kv_cache_bytes(gemma, n) for n in lengths], [2 * width * 13 * (n + min(n, 4096)) for n in lengths]


@caches_of_windows_stop_growing.mutant
def caches_of_windows_keep_all():
    gemma, width = published_shape("gemma-2-2b"), kv_cache_width(published_shape("gemma-2-2b").attention)
    lengths = (1, 4096, 8192)
    return [kv_cache_bytes(gemma, n) for n in lengths], [2 * width * 26 * n for n in lengths]


def _blocks(**how) -> list[Fraction]:
    return [
        Fraction(block_activation_bytes(published_shape(name), s, tensor=t, **how)) for name, s, t in ROWS
    ]


def _formula(outer, inner, square) -> list[Fraction]:
    """Bytes $s h (outer + inner / t + square a s / (h t))$ of each row; `outer` is a function of $t$."""
    sizes = [(published_shape(name), s, t) for name, s, t in ROWS]
    return [
        s * m.width * (outer(t) + Fraction(inner, t) + Fraction(square * m.attention.heads * s, m.width * t))
        for m, s, t in sizes
    ]


@distribution(source=f"{KORTHIKANTI}, eq. (2)")
def activations_with_tensor_parallelism_are_those_of_the_source():
    r"""$s b h\, (10 + 24 / t + 5 a s / (h t))$; on one device, $s b h\, (34 + 5 a s / h)$."""
    return _blocks(), _formula(lambda t: 10, 24, 5)


@activations_with_tensor_parallelism_are_those_of_the_source.mutant
def activations_are_all_divided():
    return _blocks(), _formula(lambda t: 0, 34, 5)


@distribution(source=f"{KORTHIKANTI}, eq. (4) and table 2")
def activations_with_sequence_parallelism_are_those_of_the_source():
    r"""$(s b h / t)\, (34 + 5 a s / h)$; without what attention makes of pairs, $34\, s b h / t$."""
    both = [_blocks(sequence_parallel=True, recompute=how) for how in ("none", "selective")]
    return both, [_formula(lambda t: 0, 34, 5), _formula(lambda t: 0, 34, 0)]


@activations_with_sequence_parallelism_are_those_of_the_source.mutant
def activations_without_pairs_are_those_of_the_source():
    both = [_blocks(sequence_parallel=True, recompute=how) for how in ("none", "selective")]
    return both, [_formula(lambda t: 0, 34, 0), _formula(lambda t: 0, 34, 0)]


@distribution(source=f"{KORTHIKANTI}, section 5 (full recomputation)")
def recomputed_activations_are_the_inputs_of_blocks():
    r"""$2 s b h L$ bytes, whatever the heads."""
    found = [activation_bytes(published_shape(name), s, batch=3, recompute="full") for name, s, _ in ROWS]
    shapes = [published_shape(name) for name, *_ in ROWS]
    return found, [3 * 2 * s * m.width * m.layers for m, (_, s, _) in zip(shapes, ROWS, strict=True)]


@recomputed_activations_are_the_inputs_of_blocks.mutant
def recomputed_activations_are_none():
    found = [activation_bytes(published_shape(name), s, batch=3, recompute="full") for name, s, _ in ROWS]
    return found, [0] * len(ROWS)


@accounting(source=f"{ZERO}, figure 1 (7.5 billion parameters, 64 devices; GB)")
def zero_has_the_published_memory():
    r"""$16 \Psi$, $4 \Psi + 12 \Psi / n$, $2 \Psi + 14 \Psi / n$ and $16 \Psi / n$ bytes."""
    found = [state_bytes(7_500_000_000, stage=stage, shards=64) for stage in range(4)]
    return [Fraction(size, 10**9) for size in found], ["120", "31.4", "16.6", "1.9"]


@zero_has_the_published_memory.mutant
def zero_keeps_no_master_copy():
    small = Precision(optimizer=8)
    found = [state_bytes(7_500_000_000, small, stage=stage, shards=64) for stage in range(4)]
    return [Fraction(size, 10**9) for size in found], ["120", "31.4", "16.6", "1.9"]
