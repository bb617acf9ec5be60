"""The fast floor: the functions of `jaxmath.definitions`, made for machines."""

from jaxmath.kernels._differentiable import Kernel as Kernel
from jaxmath.kernels._differentiable import differentiable as differentiable
from jaxmath.kernels.attention import attention as attention
from jaxmath.kernels.attention import dot_product_attention as dot_product_attention
from jaxmath.kernels.delta_rule import delta_rule as delta_rule
from jaxmath.kernels.delta_rule import delta_rule_from as delta_rule_from
from jaxmath.kernels.embedding import embed as embed
from jaxmath.kernels.embedding import unembed as unembed
from jaxmath.kernels.grouped_product import grouped_product as grouped_product
from jaxmath.kernels.linear import linear as linear
from jaxmath.kernels.linear_attention import linear_attention as linear_attention
from jaxmath.kernels.linear_attention import linear_attention_from as linear_attention_from
from jaxmath.kernels.linear_cross_entropy import linear_cross_entropy as linear_cross_entropy
from jaxmath.kernels.linear_cross_entropy import linear_token_losses as linear_token_losses
from jaxmath.kernels.mixture import mixture_of_experts as mixture_of_experts
from jaxmath.kernels.norms import layer_norm as layer_norm
from jaxmath.kernels.norms import rms_norm as rms_norm
from jaxmath.kernels.retention import retention as retention
from jaxmath.kernels.retention import retention_from as retention_from
