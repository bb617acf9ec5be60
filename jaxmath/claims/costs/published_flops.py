"""Operations as published, and as others count them."""

from fractions import Fraction

from jaxmath.definitions import (
    chinchilla_flops,
    forward_flops,
    matrix_parameters,
    palm_flops,
    parameters,
    published_shape,
    training_flops,
)
from jaxmath.verify.claim import accounting, distribution

MAXTEXT = (
    "AI-Hypercomputer/maxtext pull request 1988 (4 sequences on a device, the last figures before and after)"
)


@accounting(source="Chowdhery et al. 2022, arXiv:2204.02311, appendix B; Kaplan et al. 2020, section 2.1")
def palm_counts_the_same():
    r"""$6 N + 12 L h k T$ for a token, where $N$ counts the matrices that it meets and no pair is masked."""
    shapes = [published_shape(name) for name in ("gpt2", "llama-2-7b", "mixtral-8x7b")]
    exact = [training_flops(s, 2048, masked=False) for s in shapes]
    return exact, [2048 * palm_flops(s, 2048, matrix_parameters(s)) for s in shapes]


@palm_counts_the_same.mutant
def six_n_is_all_there_is():
    shapes = [published_shape(name) for name in ("gpt2", "llama-2-7b", "mixtral-8x7b")]
    exact = [training_flops(s, 2048, masked=False) for s in shapes]
    return exact, [6 * 2048 * matrix_parameters(s) for s in shapes]


def _maxtext(name: str, n: int) -> list[Fraction]:
    """TFLOPs of four sequences: of weights, of all pairs, of half of them."""
    weights = 6 * 4 * n * matrix_parameters(published_shape(name))
    pairs = 4 * training_flops(published_shape(name), n, masked=False) - weights
    return [Fraction(x, 10**12) for x in (weights, pairs, pairs // 2)]


TABLE = [
    ["1299.00", "422.21", "211.11"],
    ["20459.32", "104735.08", "52367.54"],
    ["481.95", "222.65", "111.33"],
]


@accounting(source=MAXTEXT)
def maxtext_counts_the_same():
    r"""Llama 2 7B at two lengths, DeepSeek-V2-Lite at one; half of all pairs for $(n + 1) / 2n$ of them."""
    found = [_maxtext("llama-2-7b", 8192), _maxtext("llama-2-7b", 129024), _maxtext("deepseek-v2-lite", 8192)]
    return found, TABLE


@maxtext_counts_the_same.mutant
def maxtext_counts_visible_pairs_exactly():
    shape, n = published_shape("llama-2-7b"), 8192
    weights, pairs, _ = _maxtext("llama-2-7b", n)
    return [weights, pairs, Fraction(4 * training_flops(shape, n), 10**12) - weights], TABLE[0]


@accounting(
    source="Grattafiori et al. 2024, arXiv:2407.21783, section 3.2 (3.8e25 for 405B and 15.6T tokens)"
)
def llama_405b_took_the_published_compute():
    r"""$6 N D$ with all parameters; attention between the 8192 tokens of a text would add 4 %."""
    n = parameters(published_shape("llama-3.1-405b"))
    return chinchilla_flops(n, 15_600 * 10**9), "3.8e25"


@llama_405b_took_the_published_compute.mutant
def llama_405b_took_two_operations_for_each_parameter():
    return 2 * parameters(published_shape("llama-3.1-405b")) * 15_600 * 10**9, "3.8e25"


@distribution(source="Kaplan et al. 2020, arXiv:2001.08361, table 1, at d_attn = d and f = 4d")
def attention_costs_as_much_as_all_weights_at_six_widths():
    r"""Unmasked, products of all pairs overtake those with the weights of the blocks at $n = 6 d$."""
    shapes = [published_shape(name) for name in ("gpt2", "gpt2-xl", "gpt3")]
    weights = [2 * 6 * s.width * (matrix_parameters(s) - s.vocabulary * s.width) for s in shapes]
    both = [forward_flops(s, 6 * s.width, masked=False) - 12 * s.width**2 * s.vocabulary for s in shapes]
    return both, [2 * w for w in weights]


@attention_costs_as_much_as_all_weights_at_six_widths.mutant
def attention_costs_as_much_as_all_weights_at_twelve_widths():
    shapes = [published_shape(name) for name in ("gpt2", "gpt2-xl", "gpt3")]
    weights = [2 * 12 * s.width * (matrix_parameters(s) - s.vocabulary * s.width) for s in shapes]
    both = [forward_flops(s, 12 * s.width, masked=False) - 24 * s.width**2 * s.vocabulary for s in shapes]
    return both, [2 * w for w in weights]
