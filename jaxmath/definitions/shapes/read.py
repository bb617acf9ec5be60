r"""The shape of a model from the `config.json` that is published with it.

Source: `configuration_*.py` in *transformers* (Wolf et al. 2020, arXiv:1910.03771), whose defaults these
are.
"""

from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.shapes._families import FAMILIES
from jaxmath.definitions.shapes.transformer import TransformerShape


def shape_from_config(config: Mapping[str, Any]) -> TransformerShape:
    """The shape that a configuration of *transformers* describes.

    Args:
      config: what `config.json` holds; `model_type` chooses how the rest is read.

    Raises:
      ValueError: if the family is unknown, or an entry that it needs is missing or no number.
    """
    config = config.get("text_config") or config
    family = str(config.get("model_type"))
    if family not in FAMILIES:
        raise ValueError(
            f"shape_from_config: model_type is {family!r}.\n"
            f"  Known are {', '.join(sorted(FAMILIES))}.\n"
            "  Of any other model, give the sizes themselves as a TransformerShape."
        )
    try:
        return FAMILIES[family](config)
    except KeyError as error:
        raise ValueError(
            f"shape_from_config: a {family} needs the entry {error.args[0]!r}, which is missing.\n"
            f"  The entries are {', '.join(sorted(config))}."
        ) from None
