"""Angles of rotary positions, with every scaling in use."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions.rotary import (
    clock_angles,
    dynamic_ntk_base,
    interpolated_frequencies,
    llama3_frequencies,
    longrope_attention_factor,
    longrope_frequencies,
    partial_rotary,
    proportional_frequencies,
    rotary_frequencies,
    yarn_attention_factor,
    yarn_frequencies,
)
from jaxmath.modules._configs import RotaryConfig

Named = dict[str, Any]


def frequencies(config: RotaryConfig, length: Int[Array, ""] | int) -> Float[Array, " r"]:
    """Radians a position of every pair that turns.

    Args:
      config: which clocks.
      length: positions of the text, for scalings that depend on it.
    """
    given = dict(config.scaling)
    clocks = rotary_frequencies(config.d, config.base)
    kind = given.get("rope_type", "default")
    return _SCALINGS[str(kind)](clocks, config, given, length)


def _yarn(clocks: Array, config: RotaryConfig, given: Named, length: Any) -> Array:
    original = given.get("original_max_position_embeddings") or config.positions
    edges = {"fast": given.get("beta_fast") or 32, "slow": given.get("beta_slow") or 1}
    rounded = given.get("truncate", True)
    return yarn_frequencies(config.d, given["factor"], original, config.base, rounded=rounded, **edges)


def _longrope(clocks: Array, config: RotaryConfig, given: Named, length: Any) -> Array:
    short, long = (jnp.asarray(given[x], clocks.dtype) for x in ("short_factor", "long_factor"))
    return longrope_frequencies(clocks, short, long, length, _original(config, given))


def _original(config: RotaryConfig, given: Named) -> int:
    return int(given.get("original_max_position_embeddings") or config.positions)


_SCALINGS: dict[str, Any] = {
    "default": lambda clocks, config, given, length: clocks,
    "linear": lambda clocks, config, given, length: interpolated_frequencies(clocks, given["factor"]),
    "dynamic": lambda clocks, config, given, length: rotary_frequencies(
        config.d,
        dynamic_ntk_base(config.base, given["factor"], config.d, length, _original(config, given)),
    ),
    "llama3": lambda clocks, config, given, length: llama3_frequencies(
        clocks,
        given["factor"],
        given["low_freq_factor"],
        given["high_freq_factor"],
        given["original_max_position_embeddings"],
    ),
    "proportional": lambda clocks, config, given, length: proportional_frequencies(
        config.d, int(given.get("partial_rotary_factor", 1.0) * config.d // 2), config.base
    ),
    "yarn": _yarn,
    "longrope": _longrope,
}
SCALINGS = tuple(_SCALINGS)


def length_factor(config: RotaryConfig) -> Float[Array, ""] | float | None:
    """By how much turned vectors are lengthened; `None` for not at all."""
    given: Named = dict(config.scaling)
    kind = given.get("rope_type", "default")
    if kind not in ("yarn", "longrope"):
        return None
    if given.get("attention_factor") is not None:
        return float(given["attention_factor"])
    if kind == "longrope":
        original = _original(config, given)
        return longrope_attention_factor(given.get("factor") or config.positions / original, original)
    if given.get("mscale") and given.get("mscale_all_dim"):
        weights = (given["mscale"], given["mscale_all_dim"])
        above, below = (yarn_attention_factor(given["factor"], x) for x in weights)
        return above / below
    return yarn_attention_factor(given["factor"])


def angles(
    config: RotaryConfig, positions: Int[Array, "b n"], length: Int[Array, ""] | int
) -> Float[Array, "b n r"]:
    """The angle of each pair at each position of a batch.

    Args:
      config: which clocks.
      positions: positions.
      length: positions of the text, for scalings that depend on it.
    """
    speeds = frequencies(config, length)
    return jax.vmap(clock_angles, (0, None))(positions, speeds)


def turn(
    x: Float[Array, "b g h n d"], config: RotaryConfig, turns: Float[Array, "b n r"]
) -> Float[Array, "b g h n d"]:
    """Heads of a batch, turned."""
    lengthen = length_factor(config)

    def one(y: Array, z: Array) -> Array:
        return partial_rotary(y, z, config.layout, lengthen)

    heads = jax.vmap(jax.vmap(one, (0, None)), (0, None))
    return jax.vmap(heads)(x, turns)
