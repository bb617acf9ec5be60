"""What is trained, and how; the standard library only, torch is one of those who ask."""

from typing import Any

RATE, DECAY, EPS = 3e-4, 0.1, 1e-5  # learning rate, weight decay, of the norms


def gpt2(setting: dict[str, Any]) -> dict[str, Any]:
    """The sizes of a setting in the words of GPT-2's `config.json`."""
    return {
        "model_type": "gpt2",
        "vocab_size": setting["words"],
        "n_embd": setting["width"],
        "n_layer": setting["layers"],
        "n_head": setting["heads"],
        "n_positions": setting["length"],
        "layer_norm_epsilon": EPS,
    }


def parameters(setting: dict[str, Any]) -> int:
    """Weights in products of a token: those of layers and of the read-out."""
    d = setting["width"]
    return 12 * setting["layers"] * d * d + setting["words"] * d
