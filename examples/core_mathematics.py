"""What a language model's numbers mean: loss, perplexity, bits per byte; and how laws differ.

Run with `python examples/core_mathematics.py`.
"""

import jax
import jax.numpy as jnp

from jaxmath.definitions import (
    bits_per_byte,
    bregman,
    compensated_sum,
    fisher_softmax,
    kl,
    logsumexp,
    mutual_information,
    perplexity,
    sequential_sum,
    softmax,
    token_losses,
)


def main() -> dict[str, float]:
    """Prints a few figures and returns them."""
    scores = jnp.array([[2.0, 0.0, 1.0], [0.5, 0.5, 0.5], [0.0, 3.0, 0.0]])
    losses = token_losses(scores, jnp.array([0, 2, 1]))
    x, y = scores[0], scores[2]
    step = 1e-2 * (y - x)
    grid = jnp.full(4096, 0.1)
    figures = {
        "perplexity of three tokens": perplexity(losses),
        "bits per byte, nine bytes": bits_per_byte(losses, 9),
        # A divergence is the distance of a tangent, with its arguments swapped.
        "KL(x, y)": kl(softmax(x), softmax(y)),
        "Bregman divergence of LSE(y, x)": bregman(logsumexp, y, x),
        # Near by it is half a squared length in the metric of Fisher.
        "KL(x, x + step)": kl(softmax(x), softmax(x + step)),
        "half the Fisher length of the step": step @ fisher_softmax(x) @ step / 2,
        "information of tokens about their place": mutual_information(softmax(scores) / 3),
        # 409.6 is the exact sum of the decimals.
        "0.1, added 4096 times": sequential_sum(grid),
        "the same, compensated": compensated_sum(grid),
    }
    found = {name: float(value) for name, value in figures.items()}
    for name, value in found.items():
        print(f"{name:42}{value:12.6f}")
    return found


if __name__ == "__main__":
    with jax.numpy_dtype_promotion("strict"):
        main()
