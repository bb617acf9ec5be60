"""Safetensors on disk, read when asked for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


class CheckpointError(ValueError):
    """A directory that does not hold the model its `config.json` speaks of."""


class Tensors:
    """The tensors of a directory, mapped into memory.

    Attributes:
      shapes: of each, by name.
    """

    def __init__(self, directory: Path):
        """Look into every file.

        Raises:
          CheckpointError: if there are none.
        """
        self._where: dict[str, Any] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        for path in _paths(directory):
            file = safe_open(path, framework="numpy")
            for name in file.keys():
                self._where[name] = file
                self.shapes[name] = tuple(file.get_slice(name).get_shape())

    def __getitem__(self, name: str) -> np.ndarray:
        """One tensor."""
        tensor: np.ndarray = self._where[name].get_tensor(name)
        return tensor


def _paths(directory: Path) -> list[Path]:
    index = directory / "model.safetensors.index.json"
    if index.exists():
        return sorted({directory / x for x in json.loads(index.read_text())["weight_map"].values()})
    found = sorted(directory.glob("*.safetensors"))
    if not found:
        raise CheckpointError(
            f"models: {directory} must hold safetensors, but holds "
            f"{', '.join(sorted(x.name for x in directory.glob('*'))) or 'nothing'}; save the model with "
            "save_pretrained(directory, safe_serialization=True)."
        )
    return found


def read_json(path: Path) -> Any:
    """A file of JSON.

    Raises:
      CheckpointError: if it is not there.
    """
    if not path.exists():
        raise CheckpointError(
            f"models: {path} must be there, but is not; pass the directory of a checkpoint."
        )
    return json.loads(path.read_text())


def write(directory: Path, config: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
    """A checkpoint in one file."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    whole = {x: np.ascontiguousarray(y) for x, y in tensors.items()}
    save_file(whole, directory / "model.safetensors", metadata={"format": "pt"})
