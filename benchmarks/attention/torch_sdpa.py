"""`torch.nn.functional.scaled_dot_product_attention`, as it is and by plain operations."""

import functools

from torch.nn import attention, functional

from attention.method import Method, Setting, heads


def attend(setting: Setting):
    queries, keys = heads(setting)
    return functools.partial(
        functional.scaled_dot_product_attention, is_causal=setting["causal"], enable_gqa=queries != keys
    )


def attend_by_math(setting: Setting):
    function = attend(setting)

    def call(*args):
        with attention.sdpa_kernel(attention.SDPBackend.MATH):
            return function(*args)

    return call


DEFAULT = Method("bhtd", attend)
MATH = Method("bhtd", attend_by_math)
