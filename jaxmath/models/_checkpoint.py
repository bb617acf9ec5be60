"""Parameters from and to a directory."""

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.models import families
from jaxmath.models._config import Config
from jaxmath.models._files import CheckpointError, Tensors, write
from jaxmath.models._keys import Entry, Keys, parameters, plan


def fill(model: Any, config: Config, directory: Path, dtype: Any) -> Any:
    """A model whose parameters are shapes, with those of a directory.

    Raises:
      CheckpointError: if tensors are missing, left over, or of the wrong shape.
    """
    keys = families.keys(config)
    entries = list(plan(model, keys, config.bare))
    tensors = Tensors(directory)
    where = _canonical(tensors, keys, {x for entry in entries for x in entry.theirs})
    _check(entries, keys, tensors, where, config)
    values: dict[str, Any] = {}
    for entry in entries:
        arrays = [tensors[where[x]] for x in entry.theirs]
        for name, array in zip(entry.ours, entry.read(arrays), strict=True):
            values[name] = jnp.asarray(np.ascontiguousarray(array), dtype or array.dtype)
    paths, tree = jax.tree_util.tree_flatten_with_path(model)
    names = list(parameters(model))
    assert len(names) == len(paths)
    return jax.tree_util.tree_unflatten(tree, [values[x] for x in names])


def _canonical(tensors: Tensors, keys: Keys, wanted: set[str]) -> dict[str, str]:
    """From names as they are now to names as they are in the files."""
    found: dict[str, str] = {}
    for name in tensors.shapes:
        new = name
        for old, now in keys.old:
            new = re.sub(old, now, new)
        candidates = (new, f"{keys.inner}.{new}", new.removeprefix(keys.inner + "."))
        found[next((x for x in candidates if x in wanted), new)] = name
    return found


def _check(entries: list[Entry], keys: Keys, tensors: Tensors, where: dict[str, str], config: Config) -> None:
    shapes = {x: entry.shape for entry in entries for x in entry.theirs}
    ignored = [*keys.ignored, *([r"lm_head\..*", r".*decoder\.weight"] if _is_tied(config) else [])]
    missing = [x for x in shapes if x not in where]
    extra = [y for x, y in where.items() if x not in shapes and not any(re.fullmatch(z, y) for z in ignored)]
    wrong = [
        f"{x} is {tensors.shapes[where[x]]}, must be {shape}"
        for x, shape in shapes.items()
        if x in where and tensors.shapes[where[x]] != shape
    ]
    for what, names in (("missing", missing), ("not known", extra), ("of the wrong shape", wrong)):
        if names:
            shown = "\n  ".join(sorted(names)[:10]) + (
                f"\n  and {len(names) - 10} more" if len(names) > 10 else ""
            )
            raise CheckpointError(
                f"models: tensors of a {config.family!r} model are {what}:\n  {shown}\n"
                "Is config.json that of these files?"
            )


def _is_tied(config: Config) -> bool:
    return config.readout is None or config.readout.tied


def save(model: Any, config: Config, directory: Path) -> None:
    """Write a model.

    Raises:
      CheckpointError: if it has layers that `transformers` would read as something else.
    """
    if any(x is not None and x.recurrent for x in (config.stack, config.encoder)):
        raise CheckpointError(
            "save: layers must be those of the family; some keep a state in place of attention, which no "
            "checkpoint of it can tell. Keep the parameters with Orbax, which takes the model as it is."
        )
    values = {x: np.asarray(y) for x, y in parameters(model).items()}
    tensors: dict[str, np.ndarray] = {}
    for entry in plan(model, families.keys(config), config.bare):
        arrays = entry.write([values[x] for x in entry.ours])
        tensors |= dict(zip(entry.theirs, arrays, strict=True))
    (dtype,) = {str(x.dtype) for x in values.values()} or {"float32"}
    write(directory, config.raw | {"dtype": dtype}, tensors)
