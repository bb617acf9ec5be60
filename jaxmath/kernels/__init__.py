"""The fast floor: the functions of `jaxmath.definitions`, made for machines."""

from jaxmath.kernels._differentiable import Kernel as Kernel
from jaxmath.kernels._differentiable import differentiable as differentiable
from jaxmath.kernels.attention import attention as attention
from jaxmath.kernels.attention import dot_product_attention as dot_product_attention
