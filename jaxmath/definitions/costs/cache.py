r"""Memory of keys and values in decoding.

Source: Shazeer, *Fast transformer decoding* (2019), arXiv:1911.02150; Ainslie et al., *GQA* (2023),
arXiv:2305.13245; DeepSeek-AI, *DeepSeek-V2* (2024), arXiv:2405.04434, table 1.
"""

from jaxmath.definitions.shapes import AttentionShape, TransformerShape


def kv_cache_width(attention: AttentionShape) -> int:
    r"""Numbers kept of one token in one layer: $g (k + e)$, or $r_{kv} + d_{\mathrm{rope}}$ of a latent."""
    if attention.kv_rank:
        return attention.kv_rank + attention.rotary_width
    return attention.groups * (attention.key_width + attention.value_width)


def kv_cache_bytes(shape: TransformerShape, n: int, *, size: int = 2) -> int:
    r"""Bytes kept of $n$ tokens: $2 L g k b\, n$ where values are as wide as keys and there is no window.

    Args:
      shape: the model.
      n: tokens.
      size: bytes of a number, $b$.
    """
    windowed = min(n, shape.attention.window) if shape.windowed_layers else 0
    tokens = (shape.layers - shape.windowed_layers) * n + shape.windowed_layers * windowed
    return tokens * kv_cache_width(shape.attention) * size
