"""`tokamax.dot_product_attention` by two of its implementations."""

import functools

import tokamax

from attention.method import Method, Setting


def attend(setting: Setting, implementation):
    return functools.partial(
        tokamax.dot_product_attention, is_causal=setting["causal"], implementation=implementation
    )


XLA = Method("bthd", functools.partial(attend, implementation="xla"))
CHUNKED = Method("bthd", functools.partial(attend, implementation="xla_chunked"))
DEFAULT = Method("bthd", functools.partial(attend, implementation=None))
