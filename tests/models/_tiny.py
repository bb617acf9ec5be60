"""Weights of tiny models, made from the names of tensors; shared by the tests and by `make_golden`."""

import json
import zlib
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

GOLDEN = Path(__file__).parent / "golden"


def value(name, shape, salt=""):
    """Multiples of a power of two that any floating type holds; around one for weights of norms."""
    state = np.random.RandomState(zlib.crc32((salt + name).encode()))
    small = state.randint(-63, 64, shape)
    if len(shape) == 1 and name.endswith("weight"):
        return (128 + small) / 128
    return small / 256


def hand(d):
    """A direction of width d."""
    return np.cos(np.arange(d) * 1.7 + 0.3)


def write(directory, config, shapes, dtype=np.float64, **overrides):
    """A checkpoint of a tiny model."""
    (directory / "config.json").write_text(json.dumps(config))
    tensors = {x: value(x, tuple(shape)).astype(dtype) for x, shape in shapes.items()}
    save_file(tensors | overrides, directory / "model.safetensors", metadata={"format": "pt"})
