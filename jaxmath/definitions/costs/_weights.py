"""Entries of the matrices and vectors of a block, without and with those that multiply nothing."""

from typing import NamedTuple

from jaxmath.definitions.shapes import AttentionShape, ExpertsShape, MLPShape


class Weights(NamedTuple):
    """Entries of matrices, through which each token passes, and of vectors, which are added or scale."""

    matrices: int
    vectors: int

    def __add__(self, other: tuple[int, ...]) -> "Weights":  # type: ignore[override]
        """Entry by entry."""
        return Weights(self.matrices + other[0], self.vectors + other[1])

    def __mul__(self, times: int) -> "Weights":  # type: ignore[override]
        """So many of them."""
        return Weights(self.matrices * times, self.vectors * times)


def of_attention(a: AttentionShape, width: int, context: int) -> Weights:
    """Projections from a stream of one width, keys and values from one of another."""
    queries, keys, values = a.heads * a.key_width, a.groups * a.key_width, a.groups * a.value_width
    out = a.heads * a.value_width
    norms = {"none": 0, "head": 2 * a.key_width, "all": queries + keys}[a.qk_norm]
    biases = a.qkv_bias * (queries + keys + values) + a.out_bias * width
    if a.kv_rank:
        inner = a.heads * (a.key_width - a.rotary_width + a.value_width)
        read = a.query_rank * (width + queries) if a.query_rank else width * queries
        read += context * (a.kv_rank + a.rotary_width) + a.kv_rank * inner
        return Weights(read + out * width, a.query_rank + a.kv_rank + biases + norms)
    read = width * queries + context * (keys + values)
    return Weights(read + out * width, biases + norms + a.sinks * a.heads)


def of_mlp(m: MLPShape, width: int) -> Weights:
    """Two matrices, or three."""
    return Weights((2 + m.gated) * width * m.hidden, m.bias * ((1 + m.gated) * m.hidden + width))


def of_experts(e: ExpertsShape, width: int, count: int) -> Weights:
    """The router, so many experts, and the network that is shared."""
    shared = of_mlp(MLPShape(hidden=e.shared, gated=e.expert.gated), width)
    router = Weights(width * e.count + e.shared_gate * width, e.router_bias * e.count)
    return router + of_mlp(e.expert, width) * count + shared
