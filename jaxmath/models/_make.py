"""Models from directories, and from nothing."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import PRNGKeyArray

from jaxmath.models import _checkpoint, _initial, families
from jaxmath.models._config import Config
from jaxmath.models._files import read_json
from jaxmath.models._transformer import Transformer
from jaxmath.models._two_stacks import EncoderDecoder

Model = Transformer | EncoderDecoder


def read_config(source: str | Path | dict[str, Any]) -> Config:
    """What a `config.json` describes.

    Args:
      source: the directory that holds one, or its contents.

    Raises:
      ConfigError: if the family, or an option that changes the function, is not known.
    """
    raw = source if isinstance(source, dict) else read_json(Path(source) / "config.json")
    return families.config(raw)


def load(directory: str | Path, dtype: Any = None, *, scan: bool = False, remat: bool = False) -> Model:
    """The model of a checkpoint as `transformers` writes them: `config.json` and safetensors.

    Args:
      directory: where it is.
      dtype: of the parameters; as they are stored if left out.
      scan: whether layers that are alike share one program, as in `jaxmath.modules.Stack`.
      remat: whether the backward pass computes layers anew.

    Raises:
      ConfigError: if the family, or an option that changes the function, is not known.
      CheckpointError: if tensors are missing, left over, or of the wrong shape.
    """
    config = read_config(directory)
    empty = jax.eval_shape(lambda: _build(config, nnx.Rngs(0), jnp.float32, scan, remat))
    filled: Model = _checkpoint.fill(empty, config, Path(directory), dtype)
    return filled


def init(
    config: Config | dict[str, Any],
    key: PRNGKeyArray,
    dtype: Any = jnp.float32,
    *,
    scan: bool = False,
    remat: bool = False,
) -> Model:
    """A model with random parameters.

    Args:
      config: what it is, or the contents of a `config.json`.
      key: randomness.
      dtype: of the parameters.
      scan: whether layers that are alike share one program, as in `jaxmath.modules.Stack`.
      remat: whether the backward pass computes layers anew.
    """
    config = families.config(config) if isinstance(config, dict) else config
    rngs = nnx.Rngs(key)
    model: Model = _initial.redrawn(_build(config, rngs, dtype, scan, remat), config.initial, rngs.params())
    return model


def _build(config: Config, rngs: nnx.Rngs, dtype: Any, scan: bool, remat: bool) -> Model:
    kind = Transformer if config.encoder is None else EncoderDecoder
    return kind(config, rngs=rngs, dtype=dtype, scan=scan, remat=remat)
