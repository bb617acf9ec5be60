"""This library."""

import functools

import jaxmath
from attention.method import Method, Setting


def attend(setting: Setting):
    return functools.partial(jaxmath.attention, causal=setting["causal"])


def attend_blockwise(setting: Setting):
    return functools.partial(attend(setting), implementation="blockwise")


def attend_btnh(setting: Setting):
    return functools.partial(jaxmath.dot_product_attention, is_causal=setting["causal"])


METHOD = Method("bgrtd", attend)
BLOCKWISE = Method("bgrtd", attend_blockwise)
BTNH = Method("bthd", attend_btnh)
