r"""Attention that is linear in memory and differentiable to any order.

Definition: `jaxmath.definitions.attention`.  Claims: `jaxmath.claims.attention`.
"""

from jaxmath.kernels.attention._btnh import dot_product_attention as dot_product_attention
from jaxmath.kernels.attention._choice import Choice as Choice
from jaxmath.kernels.attention._dropout import dropout_mask as dropout_mask
from jaxmath.kernels.attention._face import attention as attention
from jaxmath.kernels.attention._face import choice as choice
from jaxmath.kernels.attention._operands import AttentionError as AttentionError
from jaxmath.kernels.attention._parts import merge as merge
from jaxmath.kernels.attention.decode import decode_attention as decode_attention
from jaxmath.kernels.attention.decode import paged_attention as paged_attention
