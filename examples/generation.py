"""Generation: one law of the next token through processors and samplers, and exactness seen in numbers.

Run with `python examples/generation.py`.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.definitions import diversity, kl, mirostat, processors, samplers, softmax, speculative

LOGITS = jnp.log(jnp.array([40.0, 25.0, 15.0, 10.0, 6.0, 3.0, 1.0]))


def truncated() -> dict[str, tuple[int, float]]:
    """How many tokens each processor keeps, and what the truncation costs: KL to the model in nats."""
    ways = {
        "temperature 0.7": lambda x: processors.temperature(x, 0.7),
        "top-k 3": lambda x: processors.top_k(x, 3),
        "top-p 0.75": lambda x: processors.top_p(x, 0.75),
        "min-p 0.2": lambda x: processors.min_p(x, 0.2),
        "typical 0.5": lambda x: processors.typical(x, 0.5),
        "eta 0.1": lambda x: processors.eta(x, 0.1),
        "mirostat 3 bits": lambda x: mirostat.mirostat(x, 3.0),
        "0.7, then top-p": processors.compose(
            lambda x: processors.temperature(x, 0.7), lambda x: processors.top_p(x, 0.75)
        ),
    }
    laws = {name: softmax(way(LOGITS)) for name, way in ways.items()}
    return {name: (int((law > 0).sum()), float(kl(law, softmax(LOGITS)))) for name, law in laws.items()}


def speculated(runs: int = 20_000, drafts: int = 3) -> tuple[float, float, float]:
    """The distance of speculative tokens from the model's law, and tokens per run, found and expected."""
    p, q = softmax(LOGITS), softmax(LOGITS / 1.5)
    rows, proposals = jnp.broadcast_to(p, (drafts + 1, p.size)), jnp.broadcast_to(q, (drafts, q.size))

    def run(key):
        keys = jax.random.split(key, 3)
        tokens = jax.vmap(samplers.categorical, (0, None))(jax.random.split(keys[0], drafts), jnp.log(q))
        u = jax.random.uniform(keys[1], (drafts,))
        return speculative.speculate(tokens, rows, proposals, u, jax.random.uniform(keys[2]))

    tokens, counts = jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(0), runs))
    share = np.bincount(np.asarray(tokens[:, 0]), minlength=p.size) / runs
    rate = float(q @ speculative.acceptance(p, q))
    found, expected = float(counts.mean()), float(speculative.expected_tokens(rate, drafts))
    return float(np.abs(share - np.asarray(p)).sum() / 2), found, expected


def main() -> None:
    """Prints what the functions find."""
    print("processor          tokens  KL to the model")
    for name, (kept, cost) in truncated().items():
        print(f"{name:18} {kept:6}  {cost:.3f}")
    distance, found, expected = speculated()
    print(f"\nspeculative: first tokens are {distance:.4f} from the model's law in total variation;")
    print(f"  {found:.3f} tokens per run, {expected:.3f} expected")
    texts = jax.vmap(samplers.categorical, (0, None))(jax.random.split(jax.random.key(1), 50), LOGITS)
    print(
        f"  50 tokens: plug-in entropy {float(diversity.plug_in_entropy(texts)):.3f} nats, too low on average"
    )


if __name__ == "__main__":
    main()
