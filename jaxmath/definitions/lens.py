r"""Lenses: scores that are read out of the residual stream before the last layer.

Source: nostalgebraist, *Interpreting GPT: the logit lens* (2020); Belrose et al., *Eliciting latent
predictions from transformers with the tuned lens* (2023), arXiv:2303.08112.
Departs from the source: a vector is a row, so that the translator stands to its right.
Claims: `jaxmath.claims.lens`.
"""

from collections.abc import Callable

from jaxtyping import Array, Float

from jaxmath.definitions.embedding import unembed
from jaxmath.notation import checked

Norm = Callable[[Array], Array]


@checked
def logit_lens(
    x: Float[Array, "*shape d"], table: Float[Array, "v d"], norm: Norm
) -> Float[Array, "*shape v"]:
    r"""Scores as if no layer were left: $\mathrm{norm}(x)\, W_U$.

    Args:
      x: the residual stream after any layer.
      table: $W_U^\top$, of the read-out.
      norm: the last one, with its parameters.
    """
    return unembed(norm(x), table)


@checked
def tuned_lens(
    x: Float[Array, "*shape d"],
    translator: Float[Array, "d d"],
    shift: Float[Array, " d"],
    table: Float[Array, "v d"],
    norm: Norm,
) -> Float[Array, "*shape v"]:
    r"""The logit lens after an affine map, which stands for the layers that are left.

    $$ \mathrm{norm}(x A + b)\, W_U $$

    $A$ and $b$ are trained, for each layer, to bring the law of the next token near that of the whole model
    in Kullback-Leibler divergence.

    Args:
      x: the residual stream after a layer.
      translator: $A$ of this layer.
      shift: $b$ of this layer.
      table: $W_U^\top$, of the read-out.
      norm: the last one, with its parameters.
    """
    moved = x @ translator
    return logit_lens(moved + shift.reshape((1,) * (x.ndim - 1) + shift.shape), table, norm)
