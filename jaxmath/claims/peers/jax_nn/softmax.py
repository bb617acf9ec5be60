"""`jax.nn`: softmax and its logarithm."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath import definitions
from jaxmath.verify.claim import derivative, identity

_SOME = np.array([[True, True, False, True], [True, False, False, True], [False, True, True, True]])
Scores = Float[Array, "n v"]
Marks = Bool[Array, "n v"]


@identity(source="JAX documentation, jax.nn.softmax", at=dict(n=3, v=5))
def softmax_is_the_textbook_softmax(x: Scores):
    r"""`jax.nn.softmax` is $e^{x_i} / \sum_j e^{x_j}$ along the last axis."""
    return jax.nn.softmax(x), definitions.softmax(x)


@softmax_is_the_textbook_softmax.mutant
def softmax_runs_along_the_first_axis(x):
    return jax.nn.softmax(x), definitions.softmax(x, axis=0)


@identity(source="JAX documentation, jax.nn.softmax, argument axis", at=dict(n=3, v=4))
def softmax_over_two_axes_is_softmax_of_the_flat_array(x: Scores):
    r"""Over several axes the probabilities of all entries together add up to one."""
    return jax.nn.softmax(x, axis=(0, 1)).ravel(), definitions.softmax(x.ravel())


@softmax_over_two_axes_is_softmax_of_the_flat_array.mutant
def softmax_over_two_axes_is_softmax_over_one_and_then_the_other(x):
    twice = definitions.softmax(definitions.softmax(x, axis=0))
    return jax.nn.softmax(x, axis=(0, 1)).ravel(), twice.ravel()


@identity(
    source="JAX documentation, jax.nn.softmax, argument where", at=dict(n=3, v=4), given=dict(where=_SOME)
)
def softmax_of_marked_entries_is_zero_elsewhere(x: Scores, where: Marks):
    r"""With `where` the marked entries share the probability and the others have none."""
    return jax.nn.softmax(x, where=where), definitions.softmax(x, where)


@softmax_of_marked_entries_is_zero_elsewhere.mutant
def softmax_of_marked_entries_still_counts_the_others(x, where):
    return jax.nn.softmax(x, where=where), jnp.where(where, definitions.softmax(x), 0)


@identity(source="JAX documentation, jax.nn.softmax, argument where", at=dict(n=2, v=3))
def softmax_with_nothing_marked_is_zero(x: Scores):
    r"""Where no entry is marked the result is zero, as in the definition, and not a number."""
    nothing = jnp.zeros(x.shape, bool)
    return jax.nn.softmax(x, where=nothing), jnp.zeros_like(x)


@softmax_with_nothing_marked_is_zero.mutant
def softmax_with_nothing_marked_is_uniform(x):
    return jax.nn.softmax(x, where=jnp.zeros(x.shape, bool)), jnp.full_like(x, 1 / x.shape[-1])


@derivative(source="JAX documentation, jax.nn.softmax; chain rule", at=dict(n=3, v=5))
def softmax_has_the_textbook_gradient(x: Scores):
    r"""The custom rule of `jax.nn.softmax` pulls $dy$ back to $p \odot (dy - \langle p, dy \rangle)$."""
    return definitions.softmax, lambda x, dy: jax.vjp(jax.nn.softmax, x)[1](dy)


@softmax_has_the_textbook_gradient.mutant
def softmax_has_a_diagonal_gradient(x):
    return definitions.softmax, lambda x, dy: jax.nn.softmax(x) * dy


@derivative(source="JAX documentation, jax.nn.softmax; chain rule", at=dict(n=3, v=5), mode="jvp")
def softmax_has_the_textbook_tangent(x: Scores):
    r"""Forward mode gives $p \odot (\dot x - \langle p, \dot x \rangle)$."""
    return definitions.softmax, lambda x, dx: jax.jvp(jax.nn.softmax, x, dx)[1]


@softmax_has_the_textbook_tangent.mutant
def softmax_has_the_tangent_of_its_logarithm(x):
    return definitions.softmax, lambda x, dx: jax.jvp(jax.nn.log_softmax, x, dx)[1]


@derivative(
    source="JAX documentation, jax.nn.softmax, argument where", at=dict(n=3, v=4), given=dict(where=_SOME)
)
def softmax_of_marked_entries_has_the_textbook_gradient(x: Scores, where: Marks):
    r"""With `where` too the gradient is that of the definition: zero for the entries that take no part."""
    return definitions.softmax, lambda x, where, dy: jax.vjp(lambda x: jax.nn.softmax(x, where=where), x)[1](
        dy
    )


@softmax_of_marked_entries_has_the_textbook_gradient.mutant
def softmax_of_marked_entries_has_the_gradient_of_all(x, where):
    return definitions.softmax, lambda x, where, dy: jax.vjp(jax.nn.softmax, x)[1](dy)


@identity(source="JAX documentation, jax.nn.log_softmax", at=dict(n=3, v=5))
def log_softmax_is_the_logarithm_of_softmax(x: Scores):
    r"""`jax.nn.log_softmax` is $x_i - \log \sum_j e^{x_j}$."""
    return jax.nn.log_softmax(x), definitions.log_softmax(x)


@log_softmax_is_the_logarithm_of_softmax.mutant
def log_softmax_is_the_shift_by_the_mean(x):
    return jax.nn.log_softmax(x), x - x.mean(-1, keepdims=True)


@identity(
    source="JAX documentation, jax.nn.log_softmax, argument where", at=dict(n=3, v=4), given=dict(where=_SOME)
)
def log_softmax_of_marked_entries_is_minus_infinity_elsewhere(x: Scores, where: Marks):
    r"""With `where` the logarithm of an entry that takes no part is $-\infty$."""
    return jax.nn.log_softmax(x, where=where), definitions.log_softmax(x, where)


@log_softmax_of_marked_entries_is_minus_infinity_elsewhere.mutant
def log_softmax_of_marked_entries_still_counts_the_others(x, where):
    return jax.nn.log_softmax(x, where=where), jnp.where(where, definitions.log_softmax(x), -jnp.inf)


@derivative(source="JAX documentation, jax.nn.log_softmax; chain rule", at=dict(n=3, v=5))
def log_softmax_has_the_textbook_gradient(x: Scores):
    r"""Pulls $dy$ back to $dy - p \sum_i dy_i$."""
    return definitions.log_softmax, lambda x, dy: jax.vjp(jax.nn.log_softmax, x)[1](dy)


@log_softmax_has_the_textbook_gradient.mutant
def log_softmax_has_the_gradient_of_the_shift(x):
    return definitions.log_softmax, lambda x, dy: dy - dy.mean(-1, keepdims=True)
