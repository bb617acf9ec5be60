"""Encoder, decoder, encoder-decoder: who sees whom, and how many numbers that takes.

Run with `python examples/architecture.py`; it takes a few seconds on a CPU.
"""

import jax
import jax.numpy as jnp

from jaxmath import models

WORDS, WIDTH, LAYERS = 48, 32, 2
BERT = {
    "model_type": "bert",
    "vocab_size": WORDS,
    "hidden_size": WIDTH,
    "intermediate_size": 4 * WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
}
GPT2 = {
    "model_type": "gpt2",
    "vocab_size": WORDS,
    "n_embd": WIDTH,
    "n_layer": LAYERS,
    "n_head": 4,
    "n_positions": 16,
}
T5 = {
    "model_type": "t5",
    "vocab_size": WORDS,
    "d_model": WIDTH,
    "d_kv": 8,
    "d_ff": 4 * WIDTH,
    "num_layers": LAYERS,
    "num_decoder_layers": LAYERS,
    "num_heads": 4,
}


def parameters(model: models.Model) -> int:
    """How many numbers a model is made of."""
    return sum(x.size for x in jax.tree.leaves(model))


def moved(before: jax.Array, after: jax.Array) -> list[int]:
    """The positions whose vectors are not what they were."""
    apart = jnp.abs(after - before).max((0, 2)) > 1e-6
    return [place for place, is_moved in enumerate(apart.tolist()) if is_moved]


def main() -> dict[str, object]:
    """Changes one token in the middle of eight, prints which positions notice, and returns that."""
    ids = jnp.arange(8)[None] + 3
    other = ids.at[0, 4].set(40)
    encoder, decoder, both = (models.init(config, jax.random.key(0)) for config in (BERT, GPT2, T5))

    answers = jax.jit(lambda read, written: both(read, decoder_input_ids=written).hidden)
    encoded, decoded = (jax.jit(lambda ids, model=model: model(ids).hidden) for model in (encoder, decoder))
    found = {
        "encoder: notice token 4": moved(encoded(ids), encoded(other)),
        "decoder: notice token 4": moved(decoded(ids), decoded(other)),
        "both: notice token 4 of what is read": moved(answers(ids, ids), answers(other, ids)),
        "both: notice token 4 of what is written": moved(answers(ids, ids), answers(ids, other)),
        "encoder: parameters": parameters(encoder),
        "decoder: parameters": parameters(decoder),
        "both: parameters": parameters(both),
        # Four square matrices of attention and two of the feed-forward layer, which is four times as wide.
        "12 l d^2": 12 * LAYERS * WIDTH**2,
    }
    for name, value in found.items():
        print(f"{name:42}{value}")
    return found


if __name__ == "__main__":
    main()
