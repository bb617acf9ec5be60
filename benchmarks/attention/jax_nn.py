"""`jax.nn.dot_product_attention`, as it is and by cuDNN."""

import functools

import jax

from attention.method import Method, Setting


def attend(setting: Setting, implementation=None):
    return functools.partial(
        jax.nn.dot_product_attention, is_causal=setting["causal"], implementation=implementation
    )


DEFAULT = Method("bthd", attend)
CUDNN = Method("bthd", functools.partial(attend, implementation="cudnn"))
