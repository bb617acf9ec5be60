"""A mixture of feed-forward networks with its parameters."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.kernels._numeric import wide
from jaxmath.modules._configs import MixtureConfig, MlpConfig
from jaxmath.modules._linear import Linear, param
from jaxmath.modules.feedforward import ACTIVATIONS, Mlp

# Of gpt-oss, whose gate is clipped and whose other projection is clipped and moved by one.
_LIMIT, _STEEP = 7.0, 1.702


def _clamped(gate: Array, up: Array) -> Array:
    gate, up = jnp.minimum(gate, _LIMIT), jnp.clip(up, -_LIMIT, _LIMIT)
    return (up + 1) * gate * jax.nn.sigmoid(gate * _STEEP)


class Mixture(nnx.Module):
    """Every position goes through a few of many networks, which a router chooses and weighs.

    Attributes:
      router: to one score an expert.
      correction: added to the scores that choose, or `None`.
      expert_gate: `[experts, d, f]`.
      expert_up: `[experts, d, f]`.
      expert_down: `[experts, f, d]`.
      expert_gate_bias: likewise, or `None`.
      expert_up_bias: likewise, or `None`.
      expert_down_bias: likewise, or `None`.
      shared: a network for all, or `None`.
      shared_gate: what opens it, or `None`.
      activation: from a gate and what it gates to their product.
      mix: the function computed, of the arguments of `definitions.mixture_of_experts`, for experts with SiLU
        and without biases; `None` takes experts one after the other, and only those that somebody chose.
    """

    def __init__(
        self, config: MixtureConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
        """
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": std}
        count, f = config.experts, config.width
        axes = ("expert", "embed", "mlp")
        self.config = config
        self.router = Linear(d, count, bias=config.bias, axes=("embed", "expert"), **how)
        self.correction = param(rngs, (count,), ("expert",), dtype, fill=0) if config.correction else None
        self.expert_gate = param(rngs, (count, d, f), axes, dtype, std=std)
        self.expert_up = param(rngs, (count, d, f), axes, dtype, std=std)
        self.expert_down = param(rngs, (count, f, d), (axes[0], axes[2], axes[1]), dtype, std=std)

        def bias(size: int) -> nnx.Param | None:
            return param(rngs, (count, size), ("expert", None), dtype, fill=0) if config.bias else None

        self.expert_gate_bias, self.expert_up_bias, self.expert_down_bias = bias(f), bias(f), bias(d)
        shared = config.shared and MlpConfig(config.shared, config.activation, gated=True)
        self.shared = Mlp(shared, d, **how) if shared else None
        self.shared_gate = Linear(d, 1, bias=False, **how) if config.shared_gate else None
        self.activation = _clamped if config.activation == "clamped" else _gated(config.activation)
        plain = config.activation in ("silu", "swish") and not config.bias
        self.mix: Callable[..., Array] | None = kernels.mixture_of_experts if plain else None

    def __call__(self, x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
        """The weighted sum of the chosen networks at every position."""
        flat = x.reshape(-1, x.shape[-1])
        picked, weights = self.route(flat)
        y = self._mixed(flat, picked, weights.astype(x.dtype))
        if self.shared is not None:
            z = self.shared(flat)
            y = y + (z if self.shared_gate is None else jax.nn.sigmoid(self.shared_gate(flat)) * z)
        return y.reshape(x.shape)

    def route(self, x: Float[Array, "t d"]) -> tuple[Int[Array, "t k"], Float[Array, "t k"]]:
        """The experts of every position, and their weights."""
        config, logits = self.config, self.router(x)
        logits = logits.astype(wide(x))
        groups: dict[str, Any] = {"groups": config.groups, "kept": config.groups_chosen}
        if config.scores == "sigmoid":
            bias = None if self.correction is None else self.correction[...].astype(logits.dtype)
            found = definitions.sigmoid_router(
                logits, config.chosen, bias, renormalise=config.normalise, scale=config.scale, **groups
            )
        else:
            found = definitions.softmax_router(
                logits, config.chosen, config.normalise, scale=config.scale, **groups
            )
        return found.picked, found.weights

    def _mixed(self, x: Array, picked: Array, weights: Array) -> Array:
        stacks = (self.expert_gate, self.expert_up, self.expert_down)
        if self.mix is not None:
            return self.mix(x, picked, weights, *(y[...] for y in stacks))
        biases = (self.expert_gate_bias, self.expert_up_bias, self.expert_down_bias)
        every = _spread(picked, weights, self.config.experts)

        def add(y: Array, e: Array) -> tuple[Array, None]:
            weight = every[:, e]

            def more() -> Array:
                own = [None if z is None else z[e] for z in biases]
                gate, up, down = (z[e] for z in stacks)
                return y + weight[:, None] * self._expert(x, gate, up, down, *own)

            return jax.lax.cond(jnp.any(weight != 0), more, lambda: y), None

        return jax.lax.scan(add, jnp.zeros_like(x), jnp.arange(self.config.experts))[0]

    def _expert(self, x: Array, gate: Array, up: Array, down: Array, *biases: Array | None) -> Array:
        b, c, e = (0 if y is None else y[None, :] for y in biases)
        return self.activation(x @ gate + b, x @ up + c) @ down + e


def _spread(picked: Array, weights: Array, experts: int) -> Array:
    """Weights of all experts, zero for those that were not chosen."""
    return (jax.nn.one_hot(picked, experts, dtype=weights.dtype) * weights[:, :, None]).sum(1)


@functools.cache
def _gated(name: str) -> Callable[[Array, Array], Array]:
    activation = ACTIVATIONS[name]
    return lambda gate, up: activation(gate) * up
