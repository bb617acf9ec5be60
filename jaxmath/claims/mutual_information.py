"""What is true of the information that two variables have about each other."""

import itertools
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import conditional_entropy, entropy, js, kl, mutual_information, softmax
from jaxmath.verify.claim import bound, derivative, distribution, enclosure, identity

COVER = "Cover & Thomas 2006"
Scalar = Float[Array, ""]
Table = Float[Array, "n m"]


def _joint(x: Array) -> Array:
    return softmax(x.ravel()).reshape(x.shape)


@identity(source=f"{COVER}, eq. (2.41) to (2.45)", at=dict(n=2, m=2))
def mutual_information_is_what_entropies_share(x: Table):
    r"""$I = H(X) + H(Y) - H(X, Y) = H(Y) - H(Y \mid X)$, the same for the transposed table."""
    p = _joint(x)
    rows, columns = entropy(p.sum(1)), entropy(p.sum(0))
    left = mutual_information(p), mutual_information(p.T), mutual_information(p)
    right = (
        rows + columns - entropy(p.ravel()),
        rows - conditional_entropy(p.T),
        columns - conditional_entropy(p),
    )
    return left, right


@mutual_information_is_what_entropies_share.mutant
def mutual_information_is_what_the_other_conditional_entropy_leaves(x):
    p = _joint(x)
    return mutual_information(p), entropy(p.sum(0)) - conditional_entropy(p.T)


ROWS = np.array([[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]], np.float32)
# An elementary function is worth eight roundings here, as in the tests; six terms of size at most one.
ROUNDINGS = (8 + 4 + 6) * 2.0**-24


@enclosure(
    source="Gallager 1968, Information theory and reliable communication, section 4.2",
    at_most=ROUNDINGS,
    at=dict(n=2, m=3),
    given=dict(rows=ROWS),
)
def mutual_information_is_the_mean_divergence_from_the_mixture(rows: Table):
    r"""$I(X; Y) = \sum_x p(x)\, D(p_{Y|x} \Vert p_Y)$: for two equally likely rows, Jensen-Shannon's."""
    return mutual_information(rows / 2), js(rows[0], rows[1])


@mutual_information_is_the_mean_divergence_from_the_mixture.mutant
def mutual_information_is_the_mean_divergence_of_the_mixture(rows):
    mixture = rows.mean(0)
    return mutual_information(rows / 2), (kl(mixture, rows[0]) + kl(mixture, rows[1])) / 2


@enclosure(source=f"{COVER}, theorem 2.2.1", at_most=ROUNDINGS, at=dict(n=2, m=3), given=dict(rows=ROWS))
def entropies_obey_a_chain_rule(rows: Table):
    r"""$H(X, Y) = H(X) + \sum_x p(x)\, H(Y \mid x)$, for two equally likely rows."""
    two = jnp.log(jnp.asarray(2.0, rows.dtype))
    mean = entropy(rows).mean()
    computed = jnp.stack([entropy((rows / 2).ravel()), conditional_entropy(rows / 2)])
    return computed, jnp.stack([two + mean, mean])


@entropies_obey_a_chain_rule.mutant
def entropies_add_up(rows):
    two = jnp.log(jnp.asarray(2.0, rows.dtype))
    return entropy((rows / 2).ravel()), two + entropy(rows.mean(0))


@enclosure(source=f"{COVER}, theorem 2.8.1", at_most=ROUNDINGS, at=dict(n=2, m=3), given=dict(rows=ROWS))
def independent_variables_share_nothing(rows: Table):
    r"""$I(X; Y) = 0$ and $H(Y \mid X) = H(Y)$ for $p_{XY} = p_X p_Y$."""
    joint = jnp.outer(rows[0], rows[1])
    computed = jnp.stack([mutual_information(joint), conditional_entropy(joint)])
    return computed, jnp.stack([jnp.zeros((), rows.dtype), entropy(rows[1])])


@independent_variables_share_nothing.mutant
def variables_that_are_equal_share_nothing(rows):
    joint = jnp.diag(rows[0])
    computed = jnp.stack([mutual_information(joint), conditional_entropy(joint)])
    return computed, jnp.stack([jnp.zeros((), rows.dtype), entropy(rows[0])])


@derivative(source="chain rule", at=dict(n=2, m=2))
def mutual_information_pulls_back_to_pointwise_information(p: Table):
    r"""$\partial I / \partial p_{xy} = \log \frac{p_{xy}}{p_x p_y} - 1$, for tables of any sum."""

    def vjp(p, dy):
        rows, columns = p.sum(1, keepdims=True), p.sum(0, keepdims=True)
        return (dy * (jnp.log(p) - jnp.log(rows * columns) - 1),)

    return mutual_information, vjp


@mutual_information_pulls_back_to_pointwise_information.mutant
def mutual_information_pulls_back_to_pointwise_information_alone(p):
    def vjp(p, dy):
        rows, columns = p.sum(1, keepdims=True), p.sum(0, keepdims=True)
        return (dy * (jnp.log(p) - jnp.log(rows * columns)),)

    return mutual_information, vjp


@bound(
    source=f"{COVER}, theorem 2.8.1 (data processing), for a binary symmetric channel",
    box=dict(a=(0.05, 0.45), b=(0.05, 0.45)),
    slack=0.02,
    sharp=None,
)
def noise_on_noise_tells_less(a: Scalar, b: Scalar):
    r"""$I(X; Z) \le I(X; Y)$ if $Z$ is seen through $Y$; here two channels that flip a fair bit."""
    return mutual_information(_flipped(a + b - 2 * a * b)), mutual_information(_flipped(a))


@noise_on_noise_tells_less.mutant
def noise_on_noise_tells_half(a, b):
    return mutual_information(_flipped(a + b - 2 * a * b)), mutual_information(_flipped(a)) / 2


def _flipped(a: Array) -> Array:
    return jnp.stack([jnp.stack([1 - a, a]), jnp.stack([a, 1 - a])]) / 2


@distribution(source=f"{COVER}, example after theorem 2.5.2: synergy of the exclusive or")
def two_bits_may_tell_together_what_none_tells_alone():
    """The exclusive or of two fair bits is independent of each and known from both."""
    pairs = list(itertools.product(range(2), repeat=2))
    alone = {(a, c): Fraction(sum(x == a and x ^ y == c for x, y in pairs), 4) for a, c in pairs}
    both = {(a, b, a ^ b): Fraction(1) for a, b in pairs}
    seen = {key: Fraction(sum((x, y, x ^ y) == key for x, y in pairs)) for key in both}
    return {"alone": alone, "both": seen}, {"alone": dict.fromkeys(alone, Fraction(1, 4)), "both": both}


@two_bits_may_tell_together_what_none_tells_alone.mutant
def two_bits_tell_together_what_each_tells_alone():
    pairs = list(itertools.product(range(2), repeat=2))
    alone = {(a, c): Fraction(sum(x == a and (x & y) == c for x, y in pairs), 4) for a, c in pairs}
    return {"alone": alone}, {"alone": dict.fromkeys(alone, Fraction(1, 4))}
