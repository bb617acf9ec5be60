"""The precision asked for is that of every product, forward and in all derivatives."""

import jax
import jax.numpy as jnp
import pytest
from jax.extend import core

import jaxmath

X = jnp.ones((2, 6, 4))


def attend(precision):
    return lambda x: jaxmath.attention(x, x, x, causal=True, precision=precision, block=(2, 2, 1))


def summed(f):
    return lambda x: jnp.sum(f(x) ** 2)


WAYS = {
    "forward": lambda f: f,
    "backward": lambda f: jax.grad(summed(f)),
    "tangents": lambda f: lambda x: jax.jvp(f, (x,), (x,))[1],
    "second order": lambda f: lambda x: jax.jvp(jax.grad(summed(f)), (x,), (x,))[1],
    "reverse over reverse": lambda f: jax.grad(summed(jax.grad(summed(f)))),
}


def precisions(jaxpr):
    found = []
    for eqn in jaxpr.eqns:
        found += [eqn.params["precision"]] if eqn.primitive.name == "dot_general" else []
        for inner in core.jaxprs_in_params(eqn.params):
            found += precisions(inner)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_every_product_has_the_precision_asked_for(way):
    highest = (jax.lax.Precision.HIGHEST,) * 2
    for precision, expected in [("highest", highest), (None, None)]:
        found = precisions(jax.make_jaxpr(WAYS[way](attend(precision)))(X).jaxpr)
        assert len(found) > 1
        assert set(found) == {expected}
