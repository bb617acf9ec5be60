"""A step of AdamW on random tokens, in JAX."""

from collections.abc import Callable
from typing import Any

import jax
import optax

from training.sizes import DECAY, RATE

Step = Callable[[Any, jax.Array], Any]


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Step, tuple[Any, ...]]:
    """One step, and a state with tokens; a method makes a model and its loss."""
    model, loss = method(setting)
    optimizer = optax.adamw(RATE, weight_decay=DECAY)
    shape = (setting["batch"], setting["length"] + 1)
    ids = jax.random.randint(jax.random.key(1), shape, 0, setting["words"])

    def step(state, ids):
        model, moments = state
        value, gradients = jax.value_and_grad(loss)(model, ids[:, :-1], ids[:, 1:])
        updates, moments = optimizer.update(gradients, moments, model)
        return (optax.apply_updates(model, updates), moments), value

    return step, ((model, optimizer.init(model)), ids)
