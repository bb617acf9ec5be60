"""Attention with its parameters."""

from jaxmath.modules.attention.grouped import Attention as Attention
from jaxmath.modules.attention.latent import LatentAttention as LatentAttention
