"""Figures of what is inside a model, drawn on axes of Matplotlib that are passed; it is not imported here."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.models.interpret._scores import Attribution

# Colours that stay apart for colour-blind readers (Okabe & Ito).
_FOR, _AGAINST = "#0072B2", "#D55E00"


def attention_map(axes: Any, weights: Float[Array, "n m"], tokens: Sequence[str]) -> Any:
    """Attention weights of one head, or a rollout: a row for each query, a column for each key.

    Args:
      axes: where to draw.
      weights: between zero and one.
      tokens: names of the positions.
    """
    image = axes.imshow(np.asarray(weights), cmap="Blues", vmin=0, vmax=1)
    axes.figure.colorbar(image, ax=axes, shrink=0.8)
    axes.set_xticks(range(len(tokens)), tokens, rotation=90)
    axes.set_yticks(range(len(tokens)), tokens)
    axes.set_xlabel("key")
    axes.set_ylabel("query")
    return axes


def score_map(axes: Any, scores: Float[Array, "l h"]) -> Any:
    """A number for each head: a row for each layer.

    Args:
      axes: where to draw.
      scores: between zero and one, as of `head_scores`.
    """
    shown = np.asarray(scores)
    axes.imshow(shown, cmap="Blues", vmin=0, vmax=1)
    for (i, j), x in np.ndenumerate(shown):
        axes.text(j, i, f"{x:.2f}", ha="center", va="center", color=_ink(float(x)))
    axes.set_xticks(range(shown.shape[1]))
    axes.set_yticks(range(shown.shape[0]))
    axes.set_xlabel("head")
    axes.set_ylabel("layer")
    return axes


def lens_table(axes: Any, scores: Float[Array, "l n v"], tokens: Sequence[str], words: Sequence[str]) -> Any:
    """The likeliest next token after every layer, the last on top; darker where it is more probable.

    A dash where several are as likely.

    Args:
      axes: where to draw.
      scores: as of `lens`.
      tokens: names of the positions.
      words: names of the vocabulary.
    """
    laws = np.asarray(definitions.softmax(scores))
    best, top = laws.argmax(-1), laws.max(-1)
    tied = (laws == top[..., None]).sum(-1) > 1
    axes.imshow(top, cmap="Blues", vmin=0, vmax=1, origin="lower", aspect="auto")
    for (i, j), word in np.ndenumerate(best):
        axes.text(
            j, i, "–" if tied[i, j] else words[word], ha="center", va="center", color=_ink(float(top[i, j]))
        )
    axes.set_xticks(range(len(tokens)), tokens)
    axes.set_yticks(range(len(best)), ["embedding", *(f"layer {i}" for i in range(len(best) - 1))])
    axes.set_xlabel("token read last")
    return axes


def attribution_bars(axes: Any, found: Attribution, token: int, most: int = 12) -> Any:
    """What components add to the score of a token, the largest first, the others together.

    Args:
      axes: where to draw.
      found: as of `attribution`.
      token: whose score.
      most: how many components are shown alone.
    """
    values = np.asarray(found.values)[:, token]
    order = np.argsort(-np.abs(values), kind="stable")
    rows = [(found.names[i], float(values[i])) for i in order[:most]]
    rest = float(values[order[most:]].sum())
    rows += [("all others", rest)] if len(order) > most and rest else []
    places = range(len(rows))
    axes.barh(places, [x for _, x in rows], color=[_FOR if x > 0 else _AGAINST for _, x in rows])
    axes.set_yticks(places, [name for name, _ in rows])
    axes.set_ylim(max(len(rows), 4) - 0.5, -0.5)
    axes.axvline(0, color="#555555", linewidth=0.8)
    axes.set_xlabel(f"added to the score, {values.sum():.3g} in all")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _ink(x: float) -> str:
    return "white" if x > 0.6 else "black"
