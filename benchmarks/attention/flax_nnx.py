"""`flax.nnx.dot_product_attention`."""

import functools

from flax import nnx

from attention.method import Method, Setting


def attend(setting: Setting):
    return functools.partial(nnx.dot_product_attention, is_causal=setting["causal"])


METHOD = Method("bthd", attend)
