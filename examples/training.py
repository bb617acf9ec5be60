"""A line is fitted in half precision: rounded to the nearest it stops, stochastically it goes on.

Also: gradients that are accumulated over micro-batches of unequal size, and averaged weights.
Run with `python examples/training.py`.
"""

import jax
import jax.numpy as jnp

from jaxmath.definitions import accumulated, debiased, ema, sgd, stochastic_bfloat16, warmup_stable_decay

STEPS = 400
TARGET = jnp.array([1.003, -2.006])


def gradient(w: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """Of the mean squared error, from two micro-batches of three items and one."""

    def total(w: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
        return ((x @ w - y) ** 2).sum()

    sums = jnp.stack([jax.grad(total)(w, x[part], y[part]) for part in (slice(0, 3), slice(3, 4))])
    return accumulated(sums, jnp.array([3.0, 1.0]))


def fitted(stochastic: bool) -> jax.Array:
    """Weights kept in bfloat16, rounded to the nearest or stochastically; their average at the end."""
    x = jnp.array([[1.0, 0.5], [0.0, 1.0], [1.0, -1.0], [2.0, 1.0]])
    y = x @ TARGET

    def step(carry: tuple[jax.Array, jax.Array], at: tuple[jax.Array, jax.Array]):
        (kept, average), (t, key) = carry, at
        w = kept.astype(jnp.float32)
        w = sgd(w, gradient(w, x, y), 0.02 * warmup_stable_decay(t, 20.0, 300.0, 100.0, 0.1))
        bits = jax.random.bits(key, w.shape, jnp.uint16).astype(jnp.uint32)
        kept = stochastic_bfloat16(w, bits) if stochastic else w.astype(jnp.bfloat16)
        return (kept, ema(average, kept.astype(jnp.float32), 0.99)), None

    start = jnp.array([1.0, -2.0], jnp.bfloat16), jnp.zeros(2)
    steps = jnp.arange(1.0, STEPS + 1), jax.random.split(jax.random.key(0), STEPS)
    (_, average), _ = jax.jit(lambda: jax.lax.scan(step, start, steps))()
    return debiased(average, 0.99, STEPS)


def main() -> dict[str, float]:
    """Prints the largest error of both fits and returns them."""
    ways = {"to the nearest": False, "stochastically": True}
    found = {name: float(jnp.abs(fitted(way) - TARGET).max()) for name, way in ways.items()}
    for name, error in found.items():
        print(f"rounded {name:16} off by {error:.5f}")
    return found


if __name__ == "__main__":
    main()
