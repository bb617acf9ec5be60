"""This library."""

import jaxmath


def tokens(model, ids, steps):
    return jaxmath.generate(model, ids, steps=steps).tokens
