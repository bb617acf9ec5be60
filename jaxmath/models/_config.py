"""What a whole model is, in data."""

import dataclasses
import json
from typing import Any

from jaxmath.models._initial import Laws
from jaxmath.modules import EmbeddingConfig, ReadoutConfig, StackConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """A model.

    Attributes:
      family: its `model_type`.
      width: of the residual stream.
      embedding: tokens to vectors; with two stacks, those of the encoder.
      stack: the layers; with two stacks, those of the decoder.
      readout: vectors to scores; `None` for none.
      encoder: the layers of the encoder, of a model with two stacks.
      decoder_embedding: what the decoder adds to tokens, of a model with two stacks; its vectors are those
        of `embedding`.
      pooler: whether there is a layer after the first position.
      std: of initial weights.
      initial: laws of those that are not drawn with `std`, by patterns of their names.
      source: the whole `config.json`, in one line.
    """

    family: str
    width: int
    embedding: EmbeddingConfig
    stack: StackConfig
    readout: ReadoutConfig | None
    encoder: StackConfig | None = None
    decoder_embedding: EmbeddingConfig | None = None
    pooler: bool = False
    std: float = 0.02
    initial: Laws = ()
    source: str = "{}"

    @property
    def raw(self) -> dict[str, Any]:
        """The `config.json` that this was read from."""
        raw: dict[str, Any] = json.loads(self.source)
        return raw

    @property
    def bare(self) -> bool:
        """Whether it is a model without a head, whose tensors carry no name of the model inside."""
        (name, *_) = self.raw.get("architectures") or ["ForCausalLM"]
        return is_bare(name)


def is_bare(architecture: str) -> bool:
    """Whether an architecture has no head."""
    return architecture.endswith("Model") and not architecture.endswith("LMHeadModel")
