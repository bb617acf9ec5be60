"""What transformers makes of checkpoints: `python -m tests.models.read_back FOLDER`, each in a folder of it.

References are made anew beside them.
"""

import json
import logging
import sys
from pathlib import Path

import numpy as np
import torch

from tests.models import _tiny
from tests.models.make_golden import MASK, inputs, read, run


def compared(name, directory):
    """How far the scores are from the reference, and which tensors were missing or left over."""
    model, info = read(name, directory)
    with np.load(_tiny.GOLDEN / f"{name}.npz") as file:
        want, ids = file["logits"], file["ids"]
    with torch.no_grad():
        result = model(**inputs(model, ids, MASK, name))
    logits = (result.logits if hasattr(result, "logits") else result.last_hidden_state).numpy()
    mask = MASK if logits.shape[1] == 12 else np.ones((3, 7))
    distance = np.abs(logits * mask[..., None] - want).max() / np.abs(want).max()
    keys = {x: sorted(map(str, info[x])) for x in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    return {"distance": float(distance)} | keys


def drift(name, directory):
    """How far the reference is from the one that is stored, by array."""
    run(name, directory)
    with np.load(_tiny.GOLDEN / f"{name}.npz") as old, np.load(directory / f"{name}.npz") as new:
        numbers = [x for x in old if old[x].dtype.kind in "fi"]
        sizes = {x: float(np.abs(new[x] - old[x]).max() / np.abs(old[x]).max()) for x in numbers}
        return sizes | {x: int(str(new[x]) != str(old[x])) for x in ("config", "shapes")}


def main():
    """Every folder."""
    logging.disable(logging.WARNING)
    for directory in sorted(Path(sys.argv[1]).iterdir()):
        name, found = directory.name, {}
        for what in (compared, drift):
            try:
                found[what.__name__] = what(name, directory)
            except Exception as error:
                found[what.__name__] = f"{type(error).__name__}: {error}"
        print(json.dumps({name: found}), flush=True)


if __name__ == "__main__":
    main()
