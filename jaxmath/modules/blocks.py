"""A layer of a transformer."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath.invariants import is_finite
from jaxmath.kernels._numeric import wide
from jaxmath.modules._cache import Kept, Pair, State
from jaxmath.modules._checking import ensure
from jaxmath.modules._configs import (
    AttentionConfig,
    BlockConfig,
    LatentConfig,
    MixtureConfig,
    RecurrentConfig,
)
from jaxmath.modules._recurrent import Recurrent
from jaxmath.modules.attention import Attention, LatentAttention
from jaxmath.modules.attention._parts import Context
from jaxmath.modules.delta_rule import DeltaRule
from jaxmath.modules.feedforward import Mlp
from jaxmath.modules.linear_attention import LinearAttention
from jaxmath.modules.mixture import Mixture
from jaxmath.modules.norms import Norm
from jaxmath.modules.retention import Retention

BRANCHES = ("attention", "cross", "mlp")
RECURRENT: dict[str, type[Recurrent]] = {
    "linear": LinearAttention,
    "retention": Retention,
    "delta": DeltaRule,
}


class Block(nnx.Module):
    """Attention, attention to another sequence if there is one, and a network, around a residual stream.

    Attributes:
      attention: to the sequence itself, or heads that keep a state of fixed size in its place.
      cross: to the other sequence, or `None`.
      mlp: the network.
      before: norms before a branch, by its name.
      inside: norms at the end of a branch.
      after: norms after the sum.
    """

    def __init__(
        self, config: BlockConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.

        Raises:
          ValueError: if there are no recurrent heads of the kind that is asked for.
        """
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": std}
        self.config = config
        self.attention = _mixer(config.attention, d, **how)
        self.cross = None if config.cross is None else Attention(config.cross, d, **how)
        self.mlp = (Mixture if isinstance(config.mlp, MixtureConfig) else Mlp)(config.mlp, d, **how)  # type: ignore
        branches = [x for x in BRANCHES if x != "cross" or config.cross is not None]

        def norms(wanted: bool, names: list[str]) -> Any:
            return nnx.Dict({x: Norm(config.norm, d, rngs=rngs, dtype=dtype) for x in names if wanted})

        first = branches[:1] if config.parallel == "one" else branches if config.first_norm else branches[1:]
        self.before = norms(config.before, first)
        self.inside = norms(config.inside, branches)
        self.after = norms(config.after, branches)

    def __call__(
        self,
        x: Float[Array, "b n d"],
        context: Context,
        cache: Kept | None = None,
        memory: Pair | None = None,
    ) -> tuple[Float[Array, "b n d"], Kept | None, Pair | None]:
        """The residual stream after this layer, and what to remember of it.

        Args:
          x: the residual stream.
          context: what else there is to know.
          cache: keys and values before these, or the state after what was read.
          memory: keys and values of the other sequence, if they were computed before.
        """
        inner = context._replace(record=context.record.inside("attention"))
        normed = self._before("attention", x)
        y, cache = self._mixed(normed, inner, cache)
        if self.config.parallel:
            normed = normed if self.config.parallel == "one" else self._before("mlp", x)
            written = self._written("attention", y, context)
            x = x + (written + self._written("mlp", self.mlp(normed), context))
        else:
            x = self._add("attention", x, y, context)
            if self.cross is not None:
                inner = context._replace(record=context.record.inside("cross"))
                y, memory = self.cross(self._before("cross", x), inner, memory, cross=True)  # type: ignore
                x = self._add("cross", x, y, context)
            x = self._add("mlp", x, self.mlp(self._before("mlp", x)), context)
        ensure(is_finite, "the residual stream", x)
        return x, cache, memory

    def _mixed(self, x: Array, context: Context, cache: Kept | None) -> tuple[Array, Kept | None]:
        if not isinstance(self.attention, Recurrent):
            y, cache = self.attention(x, context, cache)
            return y, cache
        before = cache.read if isinstance(cache, State) else None
        # A state is at hand in the type in which it is kept, and is computed in that of the vectors.
        state = jax.tree.map(lambda old: old.astype(wide(x)), before)
        y, state = self.attention(x, state, context.here, context.record)
        if before is None:
            return y, None
        return y, State(jax.tree.map(lambda old, new: new.astype(old.dtype), before, state))

    def _before(self, name: str, x: Array) -> Array:
        return self.before[name](x) if name in self.before else x

    def _inside(self, name: str, y: Array) -> Array:
        return self.inside[name](y) if name in self.inside else y

    def _scaled(self, y: Array) -> Array:
        return y if self.config.residual == 1 else y * jnp.asarray(self.config.residual, y.dtype)

    def _written(self, name: str, y: Array, context: Context) -> Array:
        """What a branch adds to the residual stream."""
        return context.record.through(f"{name}.out", self._scaled(self._inside(name, y)))

    def _add(self, name: str, x: Array, y: Array, context: Context) -> Array:
        x = x + self._written(name, y, context)
        return self.after[name](x) if name in self.after else x


def _mixer(config: AttentionConfig | LatentConfig | RecurrentConfig, d: int, **how: Any) -> Any:
    if isinstance(config, RecurrentConfig):
        if config.kind not in RECURRENT:
            raise ValueError(
                f"Block: attention.kind must be one of {', '.join(RECURRENT)}; got {config.kind!r}."
            )
        return RECURRENT[config.kind](config, d, **how)
    return (LatentAttention if isinstance(config, LatentConfig) else Attention)(config, d, **how)  # type: ignore
