"""Plans a small language model: what it costs, what it should be, and how sure a law of scaling is.

Run it with `python examples/scaling.py`; it takes a few seconds on a CPU.
"""

import jax
import jax.numpy as jnp
import numpy as np

import jaxmath
from jaxmath import definitions as d

# A decoder of Llama's kind, described by its sizes.
SMALL = d.TransformerShape(
    width=512,
    layers=8,
    vocabulary=32000,
    attention=d.AttentionShape(heads=8, groups=4, key_width=64, value_width=64),
    mlp=d.MLPShape(hidden=1408, gated=True),
    tied=True,
)


def sizes() -> None:
    """Counts parameters, operations and bytes from the sizes alone."""
    print(f"parameters       {d.parameters(SMALL):,}")
    print(f"training, 2048   {d.training_flops(SMALL, 2048):.4g} operations a sequence")
    print(f"  with 6ND       {6 * d.parameters(SMALL) * 2048:.4g}")
    print(f"cache            {d.kv_cache_bytes(SMALL, 1):,} bytes a token")


def run() -> jaxmath.definitions.Plan:
    """Plans the training of that model on one consumer GPU."""
    plan = jaxmath.plan(SMALL, "rtx-4090", devices=1, context=2048, batch=2**17)
    used = sum(plan.memory.values())
    print(f"best tokens      {plan.tokens:.3g}, predicted loss {plan.optimum.loss:.3f}")
    print(f"memory           {used / 1e9:.2f} of {plan.machine.memory / 1e9:.0f} GB, {plan.layout}")
    print(f"time             {plan.days * 24:.1f} hours, {plan.kilowatt_hours:.1f} kWh")
    return plan


def law() -> tuple[np.ndarray, np.ndarray]:
    """Fits a law to small runs (here: made up, with noise) and asks it about a large one."""
    n, tokens = (x.ravel() for x in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 6)))
    with jax.enable_x64(True):
        truth = np.asarray(d.chinchilla_loss(jnp.asarray(n), jnp.asarray(tokens)))
    loss = truth * np.exp(1e-3 * np.random.default_rng(0).standard_normal(len(n)))
    fitted, _ = d.fit_law(n, tokens, loss, starts=[(6.0, 7.5, 0.6, 0.35, 0.35)])
    drawn = d.bootstrap_law(jax.random.key(0), n, tokens, loss, fitted, 20)
    best = np.array([float(d.chinchilla_optimum(1e21, each)[0]) for each in drawn])
    exponents = np.array([float(d.chinchilla_exponent(each)) for each in drawn])
    low, high = np.quantile(best, [0.1, 0.9])
    print(f"exponent of size {d.chinchilla_exponent(fitted):.3f} (truth {d.chinchilla_exponent():.3f})")
    print(f"best size, 1e21  {low / 1e9:.2f} to {high / 1e9:.2f} billion parameters in 80 % of resamples")
    return exponents, best


def main() -> None:
    """All three."""
    sizes()
    run()
    law()


if __name__ == "__main__":
    main()
