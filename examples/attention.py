"""What attention does, what it costs, and how to read it: on small data, with the textbook's functions.

Run with `python examples/attention.py`; it takes a few seconds on a CPU.
"""

import jax
import jax.numpy as jnp

from jaxmath import definitions as d
from jaxmath import kernels


def effectiveness() -> dict[str, float]:
    """Layers of linear attention solve least squares in context; a noisy pattern is restored."""
    inputs, noise, pattern = (
        jax.random.normal(key, (32, 8)) for key in jax.random.split(jax.random.key(0), 3)
    )
    truth = jnp.arange(8.0)[:, None]
    targets, query = inputs @ truth + 0.1 * noise[:, :1], jnp.ones((1, 8))
    best = query @ jnp.linalg.lstsq(inputs, targets)[0]
    tokens = jnp.concatenate([inputs, query])

    def layer(values, _):
        """One step of descent on the errors of all examples; minus the last value is the prediction."""
        values = values - 0.5 / 32 * (tokens @ inputs.T) @ values[:-1]
        return values, -values[-1, 0]

    _, answers = jax.lax.scan(layer, jnp.concatenate([targets, jnp.zeros((1, 1))]), length=64)
    found = d.hopfield_step(pattern, pattern[0] + 0.3 * noise[0], 4.0)
    return {
        "error in context, 1 layer": abs(answers[0] - best[0, 0]),
        "error in context, 8 layers": abs(answers[7] - best[0, 0]),
        "error in context, 64 layers": abs(answers[63] - best[0, 0]),
        "distance of a noisy pattern": jnp.linalg.norm(0.3 * noise[0]),
        "distance after one step": jnp.linalg.norm(found - pattern[0]),
    }


def efficiency() -> dict[str, float]:
    """A state of fixed size in place of all keys and values, and features in place of exponentials."""
    n, width = 512, 16
    q, k, v = (jax.random.normal(key, (n, width)) / 2 for key in jax.random.split(jax.random.key(1), 3))
    positive = d.elu_features(q), d.elu_features(k)
    state = jnp.zeros((width, width)), jnp.zeros(width)
    state, first = kernels.linear_attention_from(state, *(x[:500] for x in (*positive, v)))
    state, last = kernels.linear_attention_from(state, *(x[500:] for x in (*positive, v)))
    whole = d.linear_attention(*positive, v, d.masks.causal(n))
    exact = jnp.exp(q[:8] @ k[:8].T)
    found = {
        "numbers in a cache": 2 * n * width,
        "numbers in a state": sum(x.size for x in jax.tree.leaves(state)),
        "state and definition differ by": abs(jnp.concatenate([first, last]) - whole).max(),
    }
    for m in (64, 4096):
        w = jax.random.normal(jax.random.key(2), (m, width))
        guess = d.positive_features(q[:8], w) @ d.positive_features(k[:8], w).T
        found[f"error of {m} features"] = jnp.sqrt(((guess / exact - 1) ** 2).mean())
    return found


def clarity() -> dict[str, float]:
    """How sharp weights can be, how fast positions become alike, and where they end up."""
    size, n = 3.0, 16
    scores = jax.random.normal(jax.random.key(3), (64, n))
    scores = size * scores / jnp.linalg.norm(scores, axis=1, keepdims=True)
    delta = size * jnp.sqrt(n / (n - 1))
    z = (n - 1) * jnp.exp(-delta)
    x = jax.random.normal(jax.random.key(4), (8, 3))
    x = x.at[:, 0].set(1.0)
    x = x / jnp.linalg.norm(x, axis=1, keepdims=True)

    def step(x, _):
        x = x + 0.1 * d.sphere_flow(x, 1.0)
        x = x / jnp.linalg.norm(x, axis=1, keepdims=True)
        return x, (d.dobrushin(d.attention_weights(x, x)), d.sphere_energy(x, 1.0))

    last, (mixing, energy) = jax.lax.scan(step, x, length=300)
    return {
        "least entropy of 64 rows": jax.vmap(d.entropy)(d.softmax(scores)).min(),
        "floor of entropy": jnp.log1p(z) + delta * z / (1 + z),
        "smallest cosine at first": (x @ x.T).min(),
        "smallest cosine at last": (last @ last.T).min(),
        "coefficient of mixing at first": mixing[0],
        "coefficient of mixing at last": mixing[-1],
        "energy gained": energy[-1] - energy[0],
    }


def main() -> dict[str, float]:
    """Prints the figures of all three and returns them."""
    figures = {name: float(value) for part in PARTS for name, value in part().items()}
    for name, value in figures.items():
        print(f"{name:34}{value:14.6g}")
    return figures


PARTS = (effectiveness, efficiency, clarity)

if __name__ == "__main__":
    with jax.numpy_dtype_promotion("strict"):
        main()
