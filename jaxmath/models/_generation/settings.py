"""How the next token is chosen."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from jaxmath import definitions
from jaxmath.definitions import processors

Processor = Callable[[Float[Array, " v"], Int[Array, " t"]], Float[Array, " v"]]


class GenerationError(ValueError):
    """Settings that do not fit together."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How the next token is chosen: penalties, then temperature, then truncation, in the order given here.

    Attributes:
      repetition_penalty: `processors.repetition_penalty` for what is in the prompt or was generated.
      frequency_penalty: `processors.frequency_penalty` for what was generated.
      presence_penalty: `processors.presence_penalty` for what was generated.
      processors: further ones, of scores and a history with the newest token last and -1 for none.
      temperature: scores are divided by it; 0 or `None` takes the likeliest token.
      top_k: as `processors.top_k`.
      top_p: as `processors.top_p`.
      min_p: as `processors.min_p`.
      typical: as `processors.typical`.
      eos: tokens after which a row is at its end.
      pad: what follows the end.
    """

    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    processors: tuple[Processor, ...] = ()
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    typical: float | None = None
    eos: tuple[int, ...] = ()
    pad: int = 0

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is taken."""
        return not self.temperature

    @property
    def looks_back(self) -> bool:
        """Whether the choice depends on tokens before."""
        penalties = (self.repetition_penalty, self.frequency_penalty, self.presence_penalty)
        return bool(self.processors) or any(x is not None for x in penalties)

    def scores(
        self, logits: Float[Array, " v"], history: Int[Array, " t"], prompt: Int[Array, ""] | int
    ) -> Float[Array, " v"]:
        """Scores after all processors.

        Args:
          logits: scores of the model.
          history: tokens so far, the newest last, -1 for none.
          prompt: how many of the last ones were generated.
        """
        logits = logits.astype(jnp.float32) if logits.dtype.itemsize < 4 else logits
        if self.repetition_penalty is not None:
            logits = processors.repetition_penalty(logits, history, self.repetition_penalty)
        old = jnp.arange(history.shape[0], dtype=jnp.int32) < history.shape[0] - prompt
        made = jnp.where(old, -1, history)
        if self.frequency_penalty is not None:
            logits = processors.frequency_penalty(logits, made, self.frequency_penalty)
        if self.presence_penalty is not None:
            logits = processors.presence_penalty(logits, made, self.presence_penalty)
        for process in self.processors:
            logits = process(logits, history)
        return logits if self.greedy else self._truncated(logits)

    def _truncated(self, logits: Array) -> Array:
        logits = processors.temperature(logits, self.temperature or 1.0)
        if self.top_k is not None:
            logits = processors.top_k(logits, self.top_k)
        if self.top_p is not None:
            logits = processors.top_p(logits, self.top_p)
        if self.min_p is not None:
            logits = processors.min_p(logits, self.min_p)
        return logits if self.typical is None else processors.typical(logits, self.typical)

    def law(self, scores: Float[Array, " v"]) -> Float[Array, " v"]:
        """The law of the next token."""
        if self.greedy:
            return jax.nn.one_hot(jnp.argmax(scores), scores.shape[0], dtype=scores.dtype)
        return definitions.softmax(scores)

    def choose(self, key: PRNGKeyArray, scores: Float[Array, " v"]) -> Int[Array, ""]:
        """The next token."""
        token = jnp.argmax(scores) if self.greedy else definitions.samplers.categorical(key, scores)
        return token.astype(jnp.int32)

    def ends(self, tokens: Int[Array, "*b"]) -> Array:
        """Which tokens are at the end."""
        ends = jnp.zeros(tokens.shape, bool)
        for token in self.eos:
            ends = ends | (tokens == token)
        return ends
