"""Optimizers: clipping."""

from jaxtyping import Array, Float

from jaxmath.definitions import clip_by_global_norm, global_norm
from jaxmath.verify.claim import derivative, identity

PASCANU = "Pascanu, Mikolov & Bengio 2012, arXiv:1211.5063, algorithm 1"


@identity(source=PASCANU, at=dict(n=2, m=3))
def a_long_gradient_gets_the_limit_as_its_norm(a: Float[Array, " n"], b: Float[Array, " m"]):
    r"""With half of the norm as the limit, all arrays are halved."""
    half = global_norm((a, b)) / 2
    return clip_by_global_norm((a, b), half), (a / 2, b / 2)


@a_long_gradient_gets_the_limit_as_its_norm.mutant
def each_array_gets_the_limit_as_its_norm(a, b):
    half = global_norm((a, b)) / 2
    return clip_by_global_norm((a, b), half), (half * a / global_norm(a), half * b / global_norm(b))


@identity(source=PASCANU, at=dict(n=2, m=3))
def a_short_gradient_is_left_alone(a: Float[Array, " n"], b: Float[Array, " m"]):
    r"""With twice the norm as the limit nothing changes."""
    return clip_by_global_norm((a, b), 2 * global_norm((a, b))), (a, b)


@a_short_gradient_is_left_alone.mutant
def a_short_gradient_is_lengthened(a, b):
    twice = 2 * global_norm((a, b))
    return clip_by_global_norm((a, b), twice), (2 * a, 2 * b)


@derivative(source="chain rule", at=dict(n=2, m=3))
def the_global_norm_has_the_direction_as_its_gradient(a: Float[Array, " n"], b: Float[Array, " m"]):
    r"""$\nabla \lVert g \rVert = g / \lVert g \rVert$."""

    def vjp(a, b, dy):
        norm = global_norm((a, b))
        return dy * a / norm, dy * b / norm

    return lambda a, b: global_norm((a, b)), vjp


@the_global_norm_has_the_direction_as_its_gradient.mutant
def the_global_norm_has_the_gradient_of_its_square(a, b):
    return lambda a, b: global_norm((a, b)), lambda a, b, dy: (2 * dy * a, 2 * dy * b)
