"""RoBERTa: as BERT, with positions from the row after that of padding on.

Source: Liu et al., *RoBERTa* (2019), arXiv:1907.11692.
"""

import dataclasses

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import bert


def config(read: Read) -> Config:
    """The map of options."""
    made = bert.config(read)
    padding = read("pad_token_id", default=1)
    rows = (made.embedding.positions or 0) - padding - 1
    embedding = dataclasses.replace(made.embedding, positions=rows, offset=padding + 1, padding=padding)
    return dataclasses.replace(made, embedding=embedding, initial=())


def keys(of: Config) -> Keys:
    """The map of names."""
    head = {
        "readout.dense": "lm_head.dense",
        "readout.norm": "lm_head.layer_norm",
        "readout.bias": "lm_head.bias",
    }
    return bert.encoder_keys("roberta", head, (r"lm_head\.decoder\..*",))
