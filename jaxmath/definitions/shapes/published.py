r"""Sizes of published models, as their `config.json` gives them.

Source: the configurations published with the models; Radford et al. 2019 (GPT-2); Biderman et al. 2023,
arXiv:2304.01373, table 1 (Pythia); Touvron et al. 2023, arXiv:2307.09288 (Llama 2); Grattafiori et al.
2024, arXiv:2407.21783, table 3 (Llama 3); Jiang et al. 2023, arXiv:2310.06825, and 2024, arXiv:2401.04088
(Mistral); Gemma Team 2024, arXiv:2403.08295, table 1; DeepSeek-AI 2024, arXiv:2412.19437, section 4.2.
"""

from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.shapes._published import DENSE
from jaxmath.definitions.shapes._published_others import OTHERS
from jaxmath.definitions.shapes.read import shape_from_config
from jaxmath.definitions.shapes.transformer import TransformerShape


def _configs() -> dict[str, dict[str, Any]]:
    return {
        name: {"model_type": family, **dict(zip(keys, sizes, strict=True)), **rest}
        for family, keys, rest, models in DENSE + OTHERS
        for name, *sizes in models
    }


PUBLISHED: Mapping[str, Mapping[str, Any]] = _configs()
"""Configurations by name."""


def published_shape(name: str) -> TransformerShape:
    """The shape of a published model.

    Raises:
      ValueError: if no model of the list has that name.

    >>> published_shape("gpt2").width
    768
    """
    if name not in PUBLISHED:
        raise ValueError(
            f"published_shape: no model is called {name!r}.\n  Known are {', '.join(PUBLISHED)}.\n"
            "  Of any other, read its config.json with shape_from_config."
        )
    return shape_from_config(PUBLISHED[name])
