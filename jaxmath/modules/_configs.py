"""What the parts of a transformer are, in data: frozen, comparable, and static under `jit`.

Two families differ in these and in the names of their tensors, not in code.
"""

import dataclasses
from typing import Literal

from jaxmath.definitions.rotary import Layout


@dataclasses.dataclass(frozen=True)
class NormConfig:
    """A norm along the last axis.

    Attributes:
      kind: which one.
      eps: added to the mean square, inside the root.
      weight: whether it scales.
      bias: whether it shifts.
      stored_less: weights are stored less this number (1 in Gemma).
    """

    kind: Literal["layer", "rms"] = "rms"
    eps: float = 1e-6
    weight: bool = True
    bias: bool = False
    stored_less: float = 0.0


@dataclasses.dataclass(frozen=True)
class RotaryConfig:
    """Rotary positions of the first `d` entries of a head.

    Attributes:
      d: how many entries turn.
      base: of the clocks.
      layout: which entries form a pair.
      scaling: how clocks are slowed down for longer texts, as `rope_parameters` of a checkpoint says it:
        pairs of a name and a value, `rope_type` among them; empty for not at all.
      positions: what the model is made for, where the scaling asks for it.
    """

    d: int
    base: float = 10000.0
    layout: Layout = "half-split"
    scaling: tuple[tuple[str, float | str | bool | tuple[float, ...]], ...] = ()
    positions: int = 0


@dataclasses.dataclass(frozen=True)
class AttentionConfig:
    """Attention of many heads.

    Attributes:
      heads: heads of queries.
      groups: heads of keys and values.
      d: width of a query and of a key.
      e: width of a value; `d` if `None`.
      bias: whether queries, keys and values are shifted.
      key_bias: whether keys are, where that differs.
      out_bias: whether the result is.
      causal: no query sees a later key.
      window: how many keys before and after itself a query sees; `None` for all.
      scale: of the scores; one over the root of `d` if `None`.
      soft_cap: bound of the scores.
      sink: whether every head has a learned score of a key with value zero.
      slopes: of ALiBi, one a head.
      rotary: how queries and keys turn.
      norm: of queries and keys.
      norm_over: what a vector of that norm is: a head, with one weight for all heads ("head") or one
        for each ("heads"), or all heads together ("width").
      norm_late: whether the norm comes after the turn.
      clip: queries, keys and values are clipped to this.
    """

    heads: int
    groups: int
    d: int
    e: int | None = None
    bias: bool = False
    key_bias: bool | None = None
    out_bias: bool = False
    causal: bool = True
    window: tuple[int | None, int | None] | None = None
    scale: float | None = None
    soft_cap: float | None = None
    sink: bool = False
    slopes: tuple[float, ...] | None = None
    rotary: RotaryConfig | None = None
    norm: NormConfig | None = None
    norm_over: Literal["head", "heads", "width"] = "head"
    norm_late: bool = False
    clip: float | None = None


@dataclasses.dataclass(frozen=True)
class LatentConfig:
    """Attention whose queries, keys and values come out of a narrow latent vector (MLA).

    Attributes:
      heads: heads.
      d: width of what does not turn in a query and a key.
      rotary: how the rest turns; its `d` is that width, and one turned key serves all heads.
      e: width of a value.
      rank: width of the latent of keys and values.
      query_rank: of that of queries; `None` for none.
      scale: of the scores.
      norm: of the latents.
      bias: whether what makes latents, and the result, are shifted.
    """

    heads: int
    d: int
    rotary: RotaryConfig
    e: int
    rank: int
    query_rank: int | None
    scale: float
    norm: NormConfig
    bias: bool = False


@dataclasses.dataclass(frozen=True)
class MlpConfig:
    """A feed-forward network.

    Attributes:
      width: hidden width.
      activation: its name in `jaxmath.modules.ACTIVATIONS`.
      gated: whether a second projection is multiplied by the activated one.
      bias: whether it has biases.
      out_bias: whether the last has, where that differs.
    """

    width: int
    activation: str
    gated: bool = False
    bias: bool = False
    out_bias: bool | None = None


@dataclasses.dataclass(frozen=True)
class MixtureConfig:
    """A mixture of feed-forward networks.

    Attributes:
      experts: how many.
      chosen: how many of them a position goes through.
      width: hidden width of each.
      activation: as in `MlpConfig`; `"clamped"` is that of gpt-oss.
      scores: how the router's scores become weights: softmax over all, sigmoid of each, or softmax over
        the chosen ones.
      normalise: whether the weights of the chosen ones are divided by their sum.
      scale: of the weights.
      correction: whether a bias that chooses, but does not weigh, is added to the scores.
      groups: experts are in as many groups.
      groups_chosen: and only those of the best so many groups may be chosen.
      groups_by: what makes a group good: its best expert, or its two best.
      bias: whether experts and router have biases.
      shared: width of a network that every position goes through.
      shared_gate: whether a sigmoid opens that one.
    """

    experts: int
    chosen: int
    width: int
    activation: str = "silu"
    scores: Literal["softmax", "sigmoid", "late"] = "softmax"
    normalise: bool = False
    scale: float = 1.0
    correction: bool = False
    groups: int = 1
    groups_chosen: int = 1
    groups_by: Literal["best", "two"] = "best"
    bias: bool = False
    shared: int | None = None
    shared_gate: bool = False


@dataclasses.dataclass(frozen=True)
class BlockConfig:
    """A layer: attention, cross-attention, a network, and the norms around them.

    Attributes:
      attention: of the sequence to itself.
      mlp: the network.
      norm: every norm of the layer.
      before: a norm before each branch.
      inside: a norm at the end of each branch, before the sum.
      after: a norm after each sum.
      parallel: attention and network read the same input, `"two"` each through a norm of its own and
        `"one"` through the same.
      cross: attention to another sequence.
      residual: branches are multiplied by this.
    """

    attention: AttentionConfig | LatentConfig
    mlp: MlpConfig | MixtureConfig
    norm: NormConfig
    before: bool = True
    inside: bool = False
    after: bool = False
    parallel: Literal["", "one", "two"] = ""
    cross: AttentionConfig | None = None
    residual: float = 1.0
    first_norm: bool = True


@dataclasses.dataclass(frozen=True)
class StackConfig:
    """Layers one after the other.

    Attributes:
      blocks: the layers.
      norm: after the last.
      buckets: of T5's relative positions, learned once for all layers; `None` for none.
      max_distance: of those.
    """

    blocks: tuple[BlockConfig, ...]
    norm: NormConfig | None
    buckets: int | None = None
    max_distance: int = 128


@dataclasses.dataclass(frozen=True)
class EmbeddingConfig:
    """Tokens, and what is added to them.

    Attributes:
      vocabulary: how many tokens.
      width: of their vectors.
      scale: their vectors are multiplied by this.
      positions: rows of learned positions; `None` for none.
      offset: position 0 is this row.
      types: rows of learned kinds of token; `None` for none.
      norm: of the sum.
      padding: the token that stands for none, where positions count the others only.
      project: width of the tokens' vectors, where it differs and a projection follows.
    """

    vocabulary: int
    width: int
    scale: float = 1.0
    positions: int | None = None
    offset: int = 0
    types: int | None = None
    norm: NormConfig | None = None
    padding: int | None = None
    project: int | None = None


@dataclasses.dataclass(frozen=True)
class ReadoutConfig:
    """From vectors to scores of tokens.

    Attributes:
      tied: whether the table is that of the embedding.
      bias: whether scores are shifted.
      scale: they are multiplied by this.
      soft_cap: their bound.
      activation: of a layer before it, followed by `norm`; `None` for no such layer.
      norm: of that layer.
      dense_bias: whether that layer has a bias.
    """

    tied: bool
    bias: bool = False
    scale: float = 1.0
    soft_cap: float | None = None
    activation: str | None = None
    norm: NormConfig | None = None
    dense_bias: bool = True
