"""`jax.nn`: the logarithm of a sum of exponentials."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath import definitions
from jaxmath.verify.claim import derivative, identity

_SOME = np.array([[True, True, False, True], [True, False, False, True], [False, True, True, True]])
_WEIGHTS = np.array([0.5, 2.0, 0.25, 3.0], np.float32)
Scores = Float[Array, "n v"]
Marks = Bool[Array, "n v"]


@identity(source="JAX documentation, jax.nn.logsumexp", at=dict(n=3, v=5))
def logsumexp_is_the_textbook_logsumexp(x: Scores):
    r"""`jax.nn.logsumexp` is $\log \sum_j e^{x_j}$."""
    return jax.nn.logsumexp(x, axis=-1), definitions.logsumexp(x)


@logsumexp_is_the_textbook_logsumexp.mutant
def logsumexp_is_the_largest_score(x):
    return jax.nn.logsumexp(x, axis=-1), x.max(-1)


@identity(
    source="JAX documentation, jax.scipy.special.logsumexp, argument b",
    at=dict(n=3, v=4),
    given=dict(b=_WEIGHTS),
)
def logsumexp_weighs_its_terms(x: Scores, b: Float[Array, " v"]):
    r"""With `b` the terms are weighted: $\log \sum_j b_j e^{x_j}$, here for positive weights."""
    b = jnp.broadcast_to(b, x.shape)
    return jax.nn.logsumexp(x, axis=-1, b=b), jnp.log((b * jnp.exp(x)).sum(-1))


@logsumexp_weighs_its_terms.mutant
def logsumexp_weighs_its_scores(x, b):
    b = jnp.broadcast_to(b, x.shape)
    return jax.nn.logsumexp(x, axis=-1, b=b), jnp.log(jnp.exp(b * x).sum(-1))


@identity(
    source="JAX documentation, jax.nn.logsumexp, argument where", at=dict(n=3, v=4), given=dict(where=_SOME)
)
def logsumexp_adds_marked_entries_only(x: Scores, where: Marks):
    r"""With `where` the sum runs over the marked entries."""
    return jax.nn.logsumexp(x, axis=-1, where=where), definitions.logsumexp(x, where)


@logsumexp_adds_marked_entries_only.mutant
def logsumexp_adds_all_entries(x, where):
    return jax.nn.logsumexp(x, axis=-1, where=where), definitions.logsumexp(x)


@derivative(
    source="JAX documentation, jax.nn.logsumexp; Boyd and Vandenberghe 2004, section 3.1.5", at=dict(v=5)
)
def logsumexp_has_softmax_for_its_gradient(x: Float[Array, " v"]):
    r"""Pulls $dy$ back to $p\, dy$."""
    return definitions.logsumexp, lambda x, dy: jax.vjp(jax.nn.logsumexp, x)[1](dy)


@logsumexp_has_softmax_for_its_gradient.mutant
def logsumexp_has_the_exponentials_for_its_gradient(x):
    return definitions.logsumexp, lambda x, dy: dy * jnp.exp(x)


@identity(source="JAX documentation, jax.nn.logmeanexp", at=dict(n=3, v=5))
def logmeanexp_is_logsumexp_less_the_logarithm_of_the_count(x: Scores):
    r"""`jax.nn.logmeanexp` is $\log \frac1n \sum_j e^{x_j}$."""
    return jax.nn.logmeanexp(x, axis=-1), definitions.logsumexp(x) - jnp.log(x.shape[-1])


@logmeanexp_is_logsumexp_less_the_logarithm_of_the_count.mutant
def logmeanexp_is_logsumexp_over_the_count(x):
    return jax.nn.logmeanexp(x, axis=-1), definitions.logsumexp(x) / x.shape[-1]
