"""Refines a small layer and a small policy: adapters, preferences, quantisation.

Run it with `python examples/refinement.py`; it takes some seconds on a CPU.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions as d

WIDTH, RANK, SCALE = 32, 2, 2.0


def adapt() -> tuple[float, float]:
    """Learns a change of rank two with an adapter, then merges it into the weights.

    Returns:
      The remaining error, and how far the merged layer is from the adapted one.
    """
    keys = jax.random.split(jax.random.key(0), 4)
    x, w = jax.random.normal(keys[0], (256, WIDTH)), jax.random.normal(keys[1], (WIDTH, WIDTH))
    change = jax.random.normal(keys[2], (WIDTH, RANK)) @ jax.random.normal(keys[3], (RANK, WIDTH))
    y = x @ (w + change / WIDTH)

    def loss(adapter):
        return ((d.lora(x, w, *adapter, SCALE) - y) ** 2).mean()

    @jax.jit
    def train(adapter):
        def step(now, _):
            return jax.tree.map(lambda p, g: p - 0.5 * g, now, jax.grad(loss)(now)), None

        return jax.lax.scan(step, adapter, length=2000)[0]

    adapter = train((jax.random.normal(keys[3], (WIDTH, RANK)) / 6, jnp.zeros((RANK, WIDTH))))
    merged = x @ d.merge_lora(w, *adapter, SCALE)
    return float(loss(adapter)), float(jnp.abs(merged - d.lora(x, w, *adapter, SCALE)).max())


def align(beta: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Trains a policy over four answers on preferences, and compares it with the policy these ask for.

    All pairs are seen with their exact probabilities, so that nothing is left to chance.
    """
    reward, reference = jnp.array([0.0, 0.5, 1.0, -1.0]), jnp.array([0.4, 0.3, 0.2, 0.1])
    pairs = jnp.array([(i, j) for i in range(4) for j in range(4) if i != j])
    often = jax.vmap(d.bradley_terry)(reward[pairs[:, 0]], reward[pairs[:, 1]])

    def loss(scores):
        now, ref = d.log_softmax(scores), jnp.log(reference)
        each = jax.vmap(lambda p: d.dpo(now[p[0]], now[p[1]], ref[p[0]], ref[p[1]], beta))(pairs)
        return often @ each

    step = jax.jit(lambda scores: scores - 0.5 * jax.grad(loss)(scores))
    scores = jnp.zeros(4)
    for _ in range(500):
        scores = step(scores)
    return np.asarray(d.softmax(scores)), np.asarray(d.tilted_policy(reference, reward, beta))


def compress() -> dict[str, float]:
    """Writes the weights of one output in three bits, three ways, and in four; the errors of the output."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((WIDTH, WIDTH)) / 4 + np.eye(WIDTH)
    x = jnp.asarray(rng.standard_normal((512, WIDTH)) @ mixing, jnp.float32)
    w = jnp.asarray(rng.standard_normal(WIDTH), jnp.float32).at[3].set(8.0)  # an outlier
    hessian = x.T @ x

    def error(v):
        return float(((x @ (v - w)) ** 2).mean() / ((x @ w) ** 2).mean())

    def nearest(v):
        return d.dequantize(*d.quantize_absmax(v, 3))

    normal = d.nf4_levels()[d.quantize_nf4(w)[0]] * jnp.abs(w).max()
    rotated = d.hadamard_rotate(nearest(d.hadamard_rotate(w)))
    results = {"nearest": nearest(w), "rotated": rotated, "surgeon": _surgeon(w, hessian), "nf4": normal}
    return {name: error(v) for name, v in results.items()}


def _surgeon(w: jax.Array, hessian: jax.Array) -> jax.Array:
    """Rounds one weight after another, and lets those that are left make up for it."""
    inverse, scale = jnp.linalg.inv(hessian), d.absmax_scale(w, 3)
    for place in range(w.shape[0]):
        code = d.quantize(w[place], scale, 0, -3, 3)
        # The others of the weights that are not yet fixed move; the rows of those that are, are zero.
        w = d.surgeon_update(w, inverse, place, d.dequantize(code, scale))
        inverse = d.without_weight(inverse, place)
        inverse = inverse.at[place].set(0).at[:, place].set(0)  # exactly
    return w


def main() -> None:
    """All three."""
    left, apart = adapt()
    print(f"adapter: error left {left:.1e}, merged weights differ by {apart:.1e}")
    policy, best = align()
    print(f"policy:  trained {policy.round(3)}, asked for {best.round(3)}")
    for name, error in compress().items():
        print(f"weights: {name:8} relative error of the output {error:.4f}")


if __name__ == "__main__":
    main()
