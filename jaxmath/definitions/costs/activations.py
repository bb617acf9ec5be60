r"""Memory of what the forward pass keeps for the backward pass.

Source: Korthikanti et al., *Reducing activation recomputation in large transformer models* (2022),
arXiv:2205.05198, section 4, eq. (1), (2), (4), and table 2.
"""

import math
from fractions import Fraction
from typing import Literal

from jaxmath.definitions.shapes import TransformerShape

Recompute = Literal["none", "selective", "full"]


def block_activation_bytes(
    shape: TransformerShape,
    n: int,
    *,
    recompute: Recompute = "none",
    dropout: bool = True,
    tensor: int = 1,
    sequence_parallel: bool = False,
) -> Fraction:
    r"""Bytes that one block keeps of one sequence in 16 bits, on one of $t$ devices.

    For $h k = h e = g k = d$, $f = 4 d$ without gate, this is $n d (34 + 5 h n / d)$ on one device,
    $n d (10 + 24 / t + 5 h n / (d t))$ on $t$, $n d (34 / t + 5 h n / (d t))$ with sequence parallelism;
    selective recomputation leaves out the term in $n^2$; full keeps the input of the block, $2 n d$.

    Departs from the source: groups, gates (four products are kept) and the absence of dropout count.

    Args:
      shape: the model; of its blocks, the widest.
      n: length of the sequence.
      recompute: what the backward pass computes again: nothing, scores and weights of attention, or all.
      dropout: whether there are masks of dropout, a byte for each entry.
      tensor: devices among which heads and hidden units are divided, $t$.
      sequence_parallel: whether what is not divided by heads is divided by tokens.
    """
    a, d = shape.attention, shape.width
    outer = Fraction(1, tensor if sequence_parallel else 1)
    if recompute == "full":
        return 2 * n * d * outer
    drop, hidden = int(dropout), (4 if shape.mlp.gated else 2) * shape.active_hidden
    heads = a.heads * a.key_width + a.groups * (a.key_width + a.value_width) + a.heads * a.value_width
    # Inputs of both norms and of both first matrices, and the masks of both outputs.
    whole = n * d * (8 + 2 * drop) * outer
    # Queries, keys, values, the input of the output matrix; all that is hidden.
    inner = Fraction(2 * n * (heads + hidden), tensor)
    # Weights before and after dropout, and its mask.
    square = Fraction(a.heads * n * n * (2 + 3 * drop), tensor) if recompute == "none" else 0
    return whole + inner + square


def activation_bytes(
    shape: TransformerShape, n: int, *, batch: int = 1, pipeline: int = 1, **how: object
) -> int:
    r"""Bytes of the blocks of the first of `pipeline` stages, with the keywords of `block_activation_bytes`.

    It holds as many microbatches as there are stages, so that all $L$ layers count, however many these are.
    """
    layers = math.ceil(shape.layers / pipeline) * pipeline
    return math.ceil(batch * layers * block_activation_bytes(shape, n, **how))  # type: ignore[arg-type]
