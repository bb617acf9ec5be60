"""Values of one run put into another: what that does to a score, exactly or to first order."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.models._transformer import Transformer

Changes = dict[str, Array]


def changes(
    model: Transformer, ids: Int[Array, " n"], other: Int[Array, " n"], names: tuple[str, ...]
) -> Changes:
    """Inner values of another run less those of this one, for `jaxmath.definitions.patching_effects`.

    Args:
      model: any with one stack.
      ids: the text of this run.
      other: that of the other, as long.
      names: patterns of names, such as `"residual.*"` or `"layers.*.attention.out"`.
    """
    found = model(jnp.stack([ids, other]), capture=names).captured
    return {name: value[1:] - value[:1] for name, value in found.items()}


def score_of_changes(
    model: Transformer, ids: Int[Array, " n"], score: Callable[[Array], Array]
) -> Callable[[Mapping[str, Array]], Float[Array, ""]]:
    """The score of a run to whose inner values something is added, a function of what is.

    Args:
      model: any with one stack and a read-out.
      ids: the text.
      score: of the logits `[n, v]`, a number, such as a difference of two at the last position.
    """

    def f(changes: Mapping[str, Array]) -> Array:
        put = {name: jax.tree_util.Partial(jnp.add, change) for name, change in changes.items()}
        logits = model(ids[None], interventions=put).logits
        assert logits is not None
        return score(logits[0])

    return f
