r"""Operations of a transformer: multiplications and additions of matrix products, two for each pair.

Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1; Chowdhery et al., *PaLM* (2022),
arXiv:2204.02311, appendix B; Hoffmann et al. 2022, arXiv:2203.15556, appendix F (a step costs three times
its forward pass).
"""

from typing import Any

from jaxmath.definitions.costs.parameters import matrix_parameters
from jaxmath.definitions.shapes import TransformerShape


def visible_pairs(n: int, cached: int = 0, *, causal: bool = True, window: int = 0) -> int:
    r"""Pairs of $n$ queries and the keys that they see; $n (n + 1) / 2$ without cache and window.

    Args:
      n: queries.
      cached: keys before the first query.
      causal: whether no query sees a later key.
      window: how many keys a query sees at most, itself included; 0 for all.

    Raises:
      ValueError: if there is a window and later keys are seen.
    """
    if window and not causal:
        raise ValueError(
            "visible_pairs: a window is counted back from the query.\n  Pass causal=True with it."
        )
    if not causal:
        return n * (cached + n)
    return _seen(cached + n, window) - _seen(cached, window)


def _seen(n: int, window: int) -> int:
    full = min(n, window or n)
    return full * (full + 1) // 2 + (n - full) * window


def forward_flops(shape: TransformerShape, n: int, cached: int = 0, *, masked: bool = True) -> int:
    r"""Operations of one sequence on its way to the scores of the next token.

    $$ 2 n (N_{\mathrm{blocks}} + V d) + 2 h (k + e) \sum_{\mathrm{layers}} \mathrm{pairs} $$

    Args:
      shape: a decoder or an encoder.
      n: tokens that go through.
      cached: tokens whose keys and values are known.
      masked: whether pairs that are masked cost nothing, rather than as much as the others.

    Raises:
      ValueError: for an encoder-decoder.
    """
    if shape.encoder_layers:
        raise ValueError(
            "forward_flops: an encoder-decoder has two lengths.\n"
            "  Add up an encoder and a decoder, each as a TransformerShape of its own."
        )
    causal = shape.causal and masked
    full = visible_pairs(n, cached, causal=causal)
    windowed = visible_pairs(n, cached, window=shape.attention.window) if causal else full
    pairs = (shape.layers - shape.windowed_layers) * full + shape.windowed_layers * windowed
    width = shape.attention.heads * (shape.attention.key_width + shape.attention.value_width)
    return 2 * n * matrix_parameters(shape) + 2 * width * pairs


def training_flops(shape: TransformerShape, n: int, *, masked: bool = True, recomputed: bool = False) -> int:
    r"""Operations of forward and backward pass of one sequence, $3$ times the forward pass.

    $4$ times if the backward pass recomputes the forward pass of every block.
    """
    return (4 if recomputed else 3) * forward_flops(shape, n, masked=masked)


def chinchilla_flops(n: Any, d: Any) -> Any:
    r"""$C = 6 N D$, the operations of training $N$ parameters on $D$ tokens, without those between tokens."""
    return 6 * n * d


def palm_flops(shape: TransformerShape, n: int, count: int) -> int:
    r"""Operations for one token of training, $6 N + 12 L h k T$, with no pair masked (PaLM, appendix B).

    Args:
      shape: the model.
      n: length $T$ of the sequence.
      count: its parameters $N$, counted as the reader wishes.
    """
    return 6 * count + 12 * shape.layers * shape.attention.heads * shape.attention.key_width * n
