"""Traps: interpretability."""

from collections.abc import Sequence
from fractions import Fraction

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import MultiHeadParams, layer_norm, softmax
from jaxmath.definitions.attention_only import AttentionOnlyParams, attention_only_transformer
from jaxmath.definitions.circuits import ov_circuit
from jaxmath.definitions.logit_attribution import logit_attribution
from jaxmath.verify.claim import distribution, identity, trap

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"


def _score(parts: Array, u: Array) -> Array:
    """What the components of a residual stream have to say about a direction, after the last norm."""
    return layer_norm(parts.sum(0)) @ u


def _frozen_score(parts: Array, u: Array) -> Array:
    """The same as a sum over components, at the scale of the norm as it was found."""
    return logit_attribution(parts, u[None]).sum()


@trap()
@identity(source="direct logit attribution with a frozen layer norm", at=dict(k=2, d=3))
def a_frozen_norm_gives_exact_attributions_and_gradients(parts: Float[Array, "k d"], u: Float[Array, " d"]):
    r"""With the scale of the last norm frozen, the score is a sum over components, and so is its gradient."""
    return jax.value_and_grad(_frozen_score)(parts, u), jax.value_and_grad(_score)(parts, u)


@a_frozen_norm_gives_exact_attributions_and_gradients.truth
@identity(source="direct logit attribution with a frozen layer norm", at=dict(k=2, d=3))
def a_frozen_norm_gives_exact_values_and_less_the_radial_gradient(
    parts: Float[Array, "k d"], u: Float[Array, " d"]
):
    r"""The value is exact; the gradient lacks the term $-\hat x\, \langle \hat x, u \rangle / (s d)$."""
    x = parts.sum(0)
    scale = jnp.sqrt(((x - x.mean()) ** 2).mean() + 1e-5)
    hat = (x - x.mean()) / scale
    value, grad = jax.value_and_grad(_frozen_score)(parts, u)
    radial = jnp.broadcast_to(hat * (hat @ u) / x.size / scale, parts.shape)
    return (value, grad - radial), jax.value_and_grad(_score)(parts, u)


def _one_layer(context: Sequence[int], table: Array, wq: Array, wk: Array, wv: Array, wo: Array) -> Array:
    """Scores after a context, by one layer of one head that knows no positions."""
    model = AttentionOnlyParams(
        table, jnp.zeros((3, 1)), (MultiHeadParams(wq[None], wk[None], wv[None], wo[None]),), table
    )
    return attention_only_transformer(jnp.array(context, jnp.int32), model)[-1]


@trap()
@identity(source=f"{ELHAGE}, one-layer models as tables of skip-trigrams", at=dict(v=2, d=1, k=1))
def a_layer_of_attention_is_a_table_of_skip_trigrams(
    table: Float[Array, "v d"], wq: Float[Array, "d k"], wk: Float[Array, "d k"],
    wv: Float[Array, "d k"], wo: Float[Array, "k d"],
):  # fmt: skip
    r"""Each earlier token adds its own amount to the scores, whichever the others are."""

    def scores(*context):
        return _one_layer(context, table, wq, wk, wv, wo)

    return scores(0, 0, 1) + scores(1, 1, 1), scores(0, 1, 1) + scores(1, 0, 1)


@a_layer_of_attention_is_a_table_of_skip_trigrams.truth
@identity(source=f"{ELHAGE}, at fixed weights", at=dict(v=2, d=1, k=1))
def a_layer_of_attention_is_a_weighted_mean_of_skip_trigrams(
    table: Float[Array, "v d"], wq: Float[Array, "d k"], wk: Float[Array, "d k"],
    wv: Float[Array, "d k"], wo: Float[Array, "k d"],
):  # fmt: skip
    r"""Scores are $E E^\top$ and the mean of $E W_V W_O E^\top$ under weights that the tokens share out."""
    weights = softmax(table[jnp.array([0, 1, 1])] @ wk @ (table[1] @ wq))
    moved = weights @ (table @ ov_circuit(wv, wo) @ table.T)[jnp.array([0, 1, 1])]
    return _one_layer((0, 1, 1), table, wq, wk, wv, wo), table[1] @ table.T + moved


def _inductions(text: Sequence[int]) -> dict[str, Fraction]:
    """The probability of the right next token, in the second half of a text that was written twice.

    The first head attends to the token before (the first token, to itself); the second head to all tokens
    that follow one like the last. Both in the limit of large scores, where ties share alike.
    """
    before = [text[max(0, i - 1)] for i in range(len(text))]
    half = len(text) - len(set(text))
    found = {}
    for i in range(len(text) - half, len(text) - 1):
        followers = [text[j] for j in range(i + 1) if before[j] == text[i]]
        found[f"position {i}"] = Fraction(followers.count(text[i + 1]), len(followers))
    return found


def _all_right(found: dict[str, Fraction]) -> dict[str, Fraction]:
    return dict.fromkeys(found, Fraction(1))


@trap()
@distribution(source=f"{ELHAGE}, induction heads: two layers continue what they have seen")
def an_induction_head_continues_any_repeated_text():
    """Tokens 1 2 3 4, written twice: every token of the second half is predicted with certainty."""
    found = _inductions([1, 2, 3, 4, 1, 2, 3, 4])
    return found, _all_right(found)


@an_induction_head_continues_any_repeated_text.truth
@distribution(source=f"{ELHAGE}, with a token before the text")
def an_induction_head_continues_a_text_that_begins_with_a_mark():
    """With a mark (0) before the text, no token of the text attends to itself, and all are predicted."""
    found = _inductions([0, 1, 2, 3, 4, 1, 2, 3, 4])
    return found, _all_right(found)
