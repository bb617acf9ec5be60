"""The fast floor: the functions of `jaxmath.definitions`, made for machines."""

from jaxmath.kernels._differentiable import Kernel as Kernel
from jaxmath.kernels._differentiable import differentiable as differentiable
from jaxmath.kernels.attention import attention as attention
from jaxmath.kernels.attention import dot_product_attention as dot_product_attention
from jaxmath.kernels.grouped_product import grouped_product as grouped_product
from jaxmath.kernels.linear_cross_entropy import linear_cross_entropy as linear_cross_entropy
from jaxmath.kernels.linear_cross_entropy import linear_token_losses as linear_token_losses
from jaxmath.kernels.mixture import mixture_of_experts as mixture_of_experts
from jaxmath.kernels.norms import layer_norm as layer_norm
from jaxmath.kernels.norms import rms_norm as rms_norm
