"""What is true of induction heads."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions.attention_only import attention_only_transformer, attention_only_weights
from jaxmath.definitions.circuits import compositions, copying_score, ov_circuit, qk_circuit
from jaxmath.definitions.induction import induction_model, induction_score
from jaxmath.verify.claim import distribution, identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
OLSSON = "Olsson et al. 2022, In-context learning and induction heads, arXiv:2209.11895"
TWICE = dict(ids=np.array([2, 1, 3, 2, 1, 3], np.int32))
Scalar = Float[Array, ""]


def _text(mark: bool, seed: int = 0) -> np.ndarray:
    """Twelve tokens in any order, written twice; after a mark (0) if there is one."""
    block = np.random.default_rng(seed).permutation(12) + 1
    return np.concatenate([[0] * mark, block, block]).astype(np.int32)


@jax.jit
def _run(ids: Array) -> tuple[Array, Array]:
    """Scores of the constructed model, and the induction scores of its two heads."""
    model = induction_model(13, ids.shape[0])
    found = [induction_score(layer[0], ids) for layer in attention_only_weights(ids, model)]
    return attention_only_transformer(ids, model), jnp.stack(found)


def _accuracy(ids: np.ndarray) -> float:
    """Share of the second half that is the only best guess, given all that is before."""
    scores = np.asarray(_run(jnp.asarray(ids))[0])
    right = [t for t in range(len(ids) - 12, len(ids) - 1) if _best(scores[t]) == [ids[t + 1]]]
    return len(right) / 11


def _best(scores: np.ndarray) -> list[int]:
    return np.flatnonzero(scores > scores.max() - 1e-4).tolist()


def _scores(ids: np.ndarray) -> list[float]:
    return [float(x) for x in _run(jnp.asarray(ids))[1]]


@distribution(source=f"{ELHAGE}, induction heads; constructed", roundings=200)
def the_constructed_model_continues_what_begins_with_a_mark():
    r"""Accuracy one in the second half of three random texts; induction scores zero and one."""
    texts = [_text(True, seed) for seed in range(3)]
    return [[_accuracy(x), *_scores(x)] for x in texts], [[1.0, 0.0, 1.0]] * 3


@the_constructed_model_continues_what_begins_with_a_mark.mutant
def the_constructed_model_continues_any_text():
    texts = [_text(False, seed) for seed in range(3)]
    return [[_accuracy(x), *_scores(x)] for x in texts], [[1.0, 0.0, 1.0]] * 3


@distribution(source=f"{ELHAGE}, induction heads; without a mark", roundings=200)
def without_a_mark_the_first_token_is_not_continued():
    r"""10 of 11 are right, 0.909, and the induction score is $23/24$.

    The first position attends to itself, so that its token seems to follow itself: two candidates share.
    """
    texts = [_text(False, seed) for seed in range(3)]
    return [[_accuracy(x), _scores(x)[1]] for x in texts], [[10 / 11, 23 / 24]] * 3


@without_a_mark_the_first_token_is_not_continued.mutant
def without_a_mark_one_token_is_not_attended_to():
    texts = [_text(False, seed) for seed in range(3)]
    return [[_accuracy(x), _scores(x)[1]] for x in texts], [[10 / 11, 11 / 12]] * 3


@identity(
    source=f"{ELHAGE}, previous-token heads", at=dict(n=4), given=dict(ids=np.array([0, 1, 1, 0], np.int32))
)
def a_head_that_looks_for_the_token_before_finds_it_by_its_gain(ids: Int[Array, " n"], gain: Scalar):
    r"""At position $i$ its weight is $1 / (1 + i e^{-g})$, whatever the tokens are."""
    weights = attention_only_weights(ids, induction_model(2, 4, gain))[0, 0]
    return jnp.diagonal(weights, -1), 1 / (1 + jnp.arange(1.0, 4.0) * jnp.exp(-gain))


@a_head_that_looks_for_the_token_before_finds_it_by_its_gain.mutant
def a_head_that_looks_for_the_token_before_never_sees_itself(ids, gain):
    weights = attention_only_weights(ids, induction_model(2, 4, gain))[0, 0]
    return jnp.diagonal(weights, -1), 1 / (1 + jnp.arange(0.0, 3.0) * jnp.exp(-gain))


def _composed(v: int) -> list[float]:
    first, second = induction_model(v, 4).layers
    later = qk_circuit(second.wq[0], second.wk[0]), ov_circuit(second.wv[0], second.wo[0])
    return [float(x) for x in compositions(ov_circuit(first.wv[0], first.wo[0]), *later)]


@distribution(source=f"{ELHAGE}, induction heads use K-composition", roundings=40)
def the_constructed_heads_compose_through_keys_alone():
    r"""K-composition is $1 / \sqrt v$ for $v$ words, above $1 / \sqrt d$ of chance; Q- and V- are zero."""
    return [_composed(v) for v in (2, 5)], [[0.0, v**-0.5, 0.0] for v in (2, 5)]


@the_constructed_heads_compose_through_keys_alone.mutant
def the_constructed_heads_compose_through_queries_alone():
    return [_composed(v) for v in (2, 5)], [[v**-0.5, 0.0, 0.0] for v in (2, 5)]


def _copied(layer: int) -> list[float]:
    model = induction_model(3, 4)
    head = model.layers[layer]
    circuit = ov_circuit(head.wv[0], head.wo[0])
    return [float(copying_score(model.embedding @ circuit @ model.unembedding.T))]


@distribution(source=f"{ELHAGE}, induction heads copy", roundings=200)
def the_constructed_head_that_looks_back_copies():
    r"""Between tokens, the OV circuit of the second layer's head is the identity."""
    return _copied(1), [1.0]


@the_constructed_head_that_looks_back_copies.mutant
def the_constructed_head_that_looks_back_suppresses():
    return _copied(1), [-1.0]


@identity(source=f"{OLSSON}, prefix matching", at=dict(n=6), given=TWICE)
def on_a_text_written_twice_induction_is_a_diagonal(ids: Int[Array, " n"], weights: Float[Array, "n n"]):
    r"""With $T$ different tokens it is the mean of $A_{i, i - T + 1}$ over the second half."""
    return induction_score(weights, ids), jnp.diagonal(weights, -2)[1:].mean()


@on_a_text_written_twice_induction_is_a_diagonal.mutant
def on_a_text_written_twice_induction_is_the_whole_diagonal(ids, weights):
    return induction_score(weights, ids), jnp.diagonal(weights, -2).mean()
