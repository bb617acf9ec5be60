"""This library."""

import functools

import jax

import jaxmath
from training.sizes import gpt2


def make(setting, **how):
    model = jax.jit(lambda: jaxmath.models.init(gpt2(setting), jax.random.key(0), **how))()
    return model, lambda model, ids, targets: model.loss(ids, targets)


remat = functools.partial(make, remat=True)
scan = functools.partial(make, scan=True)
scan_remat = functools.partial(make, scan=True, remat=True)
