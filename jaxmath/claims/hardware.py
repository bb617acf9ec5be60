"""What is true of machines and the roofline."""

from fractions import Fraction

from jaxmath.definitions import (
    ACCELERATORS,
    Accelerator,
    AttentionShape,
    MLPShape,
    TransformerShape,
    matmul_intensity,
    mfu,
    palm_flops,
    roofline_flops,
    roofline_seconds,
)
from jaxmath.verify.claim import accounting, distribution

LLAMA3 = "Grattafiori et al. 2024, arXiv:2407.21783, table 4"
PALM = "Chowdhery et al. 2022, arXiv:2204.02311, section 4.1 and appendix B"
# Powers of two, so that every quotient is exact.
TOY = Accelerator(flops=2.0**40, bandwidth=2.0**32, memory=1.0, link=1.0, network=1.0, node=1)
INTENSITIES = [2.0**i for i in range(0, 17, 2)]
PALM_SHAPE = TransformerShape(
    width=18432,
    layers=118,
    vocabulary=256000,
    attention=AttentionShape(heads=48, groups=1, key_width=256, value_width=256),
    mlp=MLPShape(hidden=4 * 18432, gated=True),
    tied=True,
)


@distribution(source="Williams et al. 2009, figure 1")
def the_roofline_is_the_reciprocal_of_the_least_time():
    r"""$\min(\pi, \beta I) \cdot \max(F / \pi, B / \beta) = F$ where $I = F / B$."""
    work = [roofline_flops(TOY, i) * roofline_seconds(TOY, i * 2.0**20, 2.0**20) for i in INTENSITIES]
    return [int(w) for w in work], [int(i * 2**20) for i in INTENSITIES]


@the_roofline_is_the_reciprocal_of_the_least_time.mutant
def arithmetic_and_memory_take_turns():
    work = [roofline_flops(TOY, i) * (i * 2.0**20 / TOY.flops + 2.0**20 / TOY.bandwidth) for i in INTENSITIES]
    return [int(w) for w in work], [int(i * 2**20) for i in INTENSITIES]


@accounting(
    source="the makers' data sheets; Shah et al. 2024, arXiv:2407.08608 (H100: 989 TFLOP/s, 3.35 TB/s)"
)
def ridges_are_where_both_roofs_meet():
    r"""Operations for each byte from which arithmetic is the limit: H100 295, A100 153, TPU v5e 241."""
    return [ACCELERATORS[name].ridge for name in ("h100", "a100", "tpu-v5e")], ["295", "153", "241"]


@ridges_are_where_both_roofs_meet.mutant
def ridges_count_sparse_operations():
    machines = [ACCELERATORS[name] for name in ("h100", "a100", "tpu-v5e")]
    return [2 * m.flops / m.bandwidth for m in machines], ["295", "153", "241"]


@distribution(source="definition of arithmetic intensity")
def matrix_times_vector_does_one_operation_for_a_byte():
    r"""In 16 bits, $n^2 / (n^2 + 2 n) = n / (n + 2) < 1$ for one token: memory limits decoding."""
    sizes = [2**i for i in range(12)]
    return [Fraction(matmul_intensity(1, n, n)).limit_denominator(10**6) for n in sizes], [
        Fraction(n, n + 2) for n in sizes
    ]


@matrix_times_vector_does_one_operation_for_a_byte.mutant
def matrix_times_vector_does_two_operations_for_a_byte():
    sizes = [2**i for i in range(12)]
    return [Fraction(matmul_intensity(1, n, n)).limit_denominator(10**6) for n in sizes], [
        Fraction(2 * n, n + 2) for n in sizes
    ]


def _decode(heads: int, n: int, k: int) -> Fraction:
    """Operations for each byte of 16 bits: queries of one group, its keys and values, and the answers."""
    return Fraction(2 * 2 * heads * k * n, 2 * (2 * n * k + 2 * heads * k))


@accounting(source="Ainslie et al. 2023, arXiv:2305.13245, section 2.2")
def decoding_does_as_many_operations_for_a_byte_as_heads_share():
    r"""Scores and answers of $h / g$ heads use each key and value so often: 7.99 at 8 heads, 8192 tokens."""
    return [_decode(8, 8192, 128), _decode(1, 8192, 128)], ["7.99", "1.00"]


@decoding_does_as_many_operations_for_a_byte_as_heads_share.mutant
def decoding_reads_keys_for_each_head():
    return [_decode(1, 8192, 128), _decode(1, 8192, 128)], ["7.99", "1.00"]


def _palm(flops: float) -> float:
    """Percent of 6144 TPU v4 at 238.3 thousand tokens a second."""
    return 100 * mfu(ACCELERATORS["tpu-v4"], flops * 238.3e3, 1.0, 6144)


@accounting(source=f"{PALM}: 238.3K tokens/s on 6144 TPU v4, 540.35B parameters")
def palm_had_the_published_utilization():
    r"""46.2 % with $12 L h k T$ for attention, 45.7 % without."""
    count = 540_350_000_000
    return [_palm(palm_flops(PALM_SHAPE, 2048, count)), _palm(6 * count)], ["46.2", "45.7"]


@palm_had_the_published_utilization.mutant
def palm_recomputed_for_free():
    count = 540_350_000_000
    return [_palm(palm_flops(PALM_SHAPE, 2048, count) * 4 / 3), _palm(6 * count)], ["46.2", "45.7"]


@accounting(source=f"{LLAMA3}: 430 and 380 TFLOP/s for each H100 (the row of 400 prints 41 %, but is 40.4 %)")
def llama_3_had_the_published_utilization():
    r"""43 % on 8,192 devices and 38 % at a length of 131,072."""
    return [100 * mfu(ACCELERATORS["h100"], tera * 1e12, 1.0) for tera in (430, 380)], ["43", "38"]


@llama_3_had_the_published_utilization.mutant
def llama_3_had_the_printed_utilization_in_every_row():
    return [100 * mfu(ACCELERATORS["h100"], tera * 1e12, 1.0) for tera in (430, 400)], ["43", "41"]
