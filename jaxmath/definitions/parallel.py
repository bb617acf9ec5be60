r"""Dividing a transformer among devices: what each sends, and how long some wait.

Volumes are what one device sends, in the unit of the argument, on a ring.

Source: Patarasuk & Yuan, *Bandwidth optimal all-reduce algorithms* (2009) (rings); Rajbhandari et al.,
*ZeRO* (2020), arXiv:1910.02054, section 7; Shoeybi et al., *Megatron-LM* (2019), arXiv:1909.08053, section
3 (tensors); Narayanan et al. 2021, arXiv:2104.04473, section 2.2 (pipelines); Liu et al., *Ring attention*
(2023), arXiv:2310.01889; Jacobs et al., *DeepSpeed Ulysses* (2023), arXiv:2309.14509; Lepikhin et al.,
*GShard* (2020), arXiv:2006.16668 (experts).
Claims: `jaxmath.claims.parallel`.
"""

from fractions import Fraction

from jaxmath.definitions.costs.cache import kv_cache_width
from jaxmath.definitions.shapes import AttentionShape


def all_gather_volume(whole: int, n: int) -> Fraction:
    r"""$\frac{n - 1}{n} B$, where $B$ is the size of the gathered whole."""
    return Fraction(whole * (n - 1), n)


def reduce_scatter_volume(whole: int, n: int) -> Fraction:
    r"""$\frac{n - 1}{n} B$, where $B$ is the size of what each device brings."""
    return Fraction(whole * (n - 1), n)


def all_reduce_volume(whole: int, n: int) -> Fraction:
    r"""$2 \frac{n - 1}{n} B$: a reduce-scatter, then an all-gather."""
    return reduce_scatter_volume(whole, n) + all_gather_volume(whole, n)


def all_to_all_volume(whole: int, n: int) -> Fraction:
    r"""$\frac{n - 1}{n} B$, where $B$ is the size of what each device holds."""
    return Fraction(whole * (n - 1), n)


def data_parallel_volume(weights: int, n: int, *, stage: int = 0) -> Fraction:
    r"""Of a step: gradients are summed, and from ZeRO stage 3 on parameters gathered in both passes.

    $2 \frac{n - 1}{n} \Psi$ up to stage 2, $3 \frac{n - 1}{n} \Psi$ at stage 3.
    """
    again = all_gather_volume(weights, n) if stage == 3 else Fraction(0)
    return all_reduce_volume(weights, n) + again


def tensor_parallel_volume(tokens: int, width: int, layers: int, n: int) -> Fraction:
    r"""Of both passes: four all-reduces of the stream in each block, $8 L \frac{n - 1}{n} s d$ entries."""
    return 4 * layers * all_reduce_volume(tokens * width, n)


def pipeline_volume(tokens: int, width: int, p: int) -> int:
    r"""Of both passes: the stream forth and its gradient back, $2 s d$ entries; none for one stage."""
    return 2 * tokens * width if p > 1 else 0


def pipeline_bubble(p: int, m: int, chunks: int = 1) -> Fraction:
    r"""Share of the time in which a device of a pipeline waits.

    $$ \frac{p - 1}{v m + p - 1} $$

    for $p$ stages and $m$ microbatches, each stage in $v$ chunks that interleave.
    Over the time in which it works instead, the same is $(p - 1) / (v m)$.
    """
    return Fraction(p - 1, chunks * m + p - 1)


def ring_attention_volume(tokens: int, attention: AttentionShape, n: int) -> Fraction:
    r"""Of the forward pass of one layer: keys and values go round, $\frac{n - 1}{n} g (k + e) s$ entries."""
    return all_gather_volume(tokens * kv_cache_width(attention), n)


def ulysses_volume(tokens: int, attention: AttentionShape, n: int) -> Fraction:
    r"""Of the forward pass of one layer: queries, keys and values go from tokens to heads, outputs back."""
    heads = attention.heads * (attention.key_width + attention.value_width)
    whole = tokens * (heads + attention.groups * (attention.key_width + attention.value_width))
    return all_to_all_volume(whole, n) / n


def expert_parallel_volume(tokens: int, width: int, active: int, n: int) -> Fraction:
    r"""Of both passes of one layer: tokens go to experts and back, $4 \frac{n - 1}{n} a s d$ entries.

    If experts are evenly used; `tokens` are those of one device.
    """
    return 4 * all_to_all_volume(tokens * width * active, n)
