"""Flax NNX modules: parameters around the functions of the library.

A module is a pytree that plain `jax.jit`, `jax.grad` and `jax.vmap` take: nothing in it is shared, no
randomness is stored, and no call changes it. The function that a module computes is a field.
"""

from jaxmath.modules._cache import Cache as Cache
from jaxmath.modules._cache import CacheKind as CacheKind
from jaxmath.modules._checking import checking as checking
from jaxmath.modules._checking import ensure as ensure
from jaxmath.modules._checking import is_checking as is_checking
from jaxmath.modules._configs import AttentionConfig as AttentionConfig
from jaxmath.modules._configs import BlockConfig as BlockConfig
from jaxmath.modules._configs import EmbeddingConfig as EmbeddingConfig
from jaxmath.modules._configs import LatentConfig as LatentConfig
from jaxmath.modules._configs import MixtureConfig as MixtureConfig
from jaxmath.modules._configs import MlpConfig as MlpConfig
from jaxmath.modules._configs import NormConfig as NormConfig
from jaxmath.modules._configs import ReadoutConfig as ReadoutConfig
from jaxmath.modules._configs import RecurrentConfig as RecurrentConfig
from jaxmath.modules._configs import RotaryConfig as RotaryConfig
from jaxmath.modules._configs import StackConfig as StackConfig
from jaxmath.modules._linear import Linear as Linear
from jaxmath.modules._record import Intervention as Intervention
from jaxmath.modules._record import Record as Record
from jaxmath.modules._stack import Passed as Passed
from jaxmath.modules._stack import Stack as Stack
from jaxmath.modules.attention import Attention as Attention
from jaxmath.modules.attention import LatentAttention as LatentAttention
from jaxmath.modules.blocks import Block as Block
from jaxmath.modules.delta_rule import DeltaRule as DeltaRule
from jaxmath.modules.embedding import Embedding as Embedding
from jaxmath.modules.feedforward import ACTIVATIONS as ACTIVATIONS
from jaxmath.modules.feedforward import Mlp as Mlp
from jaxmath.modules.group_norm import GroupNorm as GroupNorm
from jaxmath.modules.linear_attention import LinearAttention as LinearAttention
from jaxmath.modules.mixture import Mixture as Mixture
from jaxmath.modules.norms import Norm as Norm
from jaxmath.modules.retention import Retention as Retention
