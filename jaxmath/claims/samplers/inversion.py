"""Samplers: inversion, and what masks do to the law of a text."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import processors, samplers, softmax
from jaxmath.verify.claim import distribution, identity

WEIGHTS = [w for w in itertools.product(range(9), repeat=3) if sum(w) == 8]
BANNED = np.array([[False, True], [False, False]])


@distribution(
    source="Devroye 1986, Non-uniform random variate generation, section III.2",
    given=dict(sample=samplers.inverse_cdf),
)
def inversion_draws_every_token_as_often_as_its_weight(sample: Process):
    r"""Of the eight uniform numbers $k / 8$, as many give token $i$ as it has eighths, zero included."""
    return _counts(sample, np.arange(8) / 8), np.array(WEIGHTS)


@inversion_draws_every_token_as_often_as_its_weight.mutant
def inversion_may_include_the_upper_end(sample):
    r"""With $u \le$ in place of $u <$ a token of probability zero is drawn where $u = 0$."""

    def including(p: Array, u: Array) -> Array:
        return jnp.minimum((jnp.cumsum(p) < u).sum(), p.shape[0] - 1)

    return _counts(including, np.arange(8) / 8), np.array(WEIGHTS)


@distribution(source="rounding of cumulative sums", given=dict(sample=samplers.inverse_cdf))
def inversion_never_draws_what_has_probability_zero(sample: Process):
    r"""Not even where $u$ lies above a sum that was rounded down."""
    laws = jnp.array([[0.5, 0.25, 0.0], [0.0, 0.75, 0.0], [0.25, 0.0, 0.5]])
    return [int(sample(p, 0.9)) for p in laws], [1, 1, 2]


@inversion_never_draws_what_has_probability_zero.mutant
def inversion_ends_at_the_last_token(sample):
    laws = jnp.array([[0.5, 0.25, 0.0], [0.0, 0.75, 0.0], [0.25, 0.0, 0.5]])
    return [int(sample(p, 0.9)) for p in laws], [2, 2, 2]


@identity(source="chain rule of probability", at=dict(v=2), given=dict(banned=BANNED))
def masking_token_by_token_weights_a_text_by_what_was_left(
    first: Float[Array, " v"], second: Float[Array, "v v"], banned: Array
):
    r"""A text has probability $p(x) / \prod_t Z_t(x_{<t})$, $Z_t$ being the mass of the allowed tokens."""
    law, model = _masked(first, second, banned)
    return law, model / jnp.where(banned, 0, jax.vmap(softmax)(second)).sum(1, keepdims=True)


@masking_token_by_token_weights_a_text_by_what_was_left.mutant
def masking_token_by_token_conditions_the_text(first, second, banned):
    law, model = _masked(first, second, banned)
    return law, model / model.sum()


def _masked(first: Array, second: Array, banned: Array) -> tuple[Array, Array]:
    """The law of texts of two tokens drawn under masks, and the model's probabilities of the allowed ones."""
    rows = jax.vmap(processors.ban)(second, banned)
    law = softmax(first)[:, None] * jax.vmap(softmax)(rows)
    return law, jnp.where(banned, 0, softmax(first)[:, None] * jax.vmap(softmax)(second))


def _counts(sample: Process, uniform: np.ndarray) -> np.ndarray:
    laws = jnp.asarray(WEIGHTS, jnp.result_type(float)) / 8
    draw = jax.vmap(jax.vmap(sample, (None, 0)), (0, None))
    tokens = np.asarray(draw(laws, jnp.asarray(uniform)))
    return np.stack([(tokens == token).sum(1) for token in range(3)], axis=1)
