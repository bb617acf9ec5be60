"""What the parts of a transformer are, in data: frozen, comparable, and static under `jit`.

Two families differ in these and in the names of their tensors, not in code.
"""

from jaxmath.modules._configs.attention import AttentionConfig as AttentionConfig
from jaxmath.modules._configs.attention import LatentConfig as LatentConfig
from jaxmath.modules._configs.attention import RotaryConfig as RotaryConfig
from jaxmath.modules._configs.ends import EmbeddingConfig as EmbeddingConfig
from jaxmath.modules._configs.ends import ReadoutConfig as ReadoutConfig
from jaxmath.modules._configs.layers import BlockConfig as BlockConfig
from jaxmath.modules._configs.layers import StackConfig as StackConfig
from jaxmath.modules._configs.networks import MixtureConfig as MixtureConfig
from jaxmath.modules._configs.networks import MlpConfig as MlpConfig
from jaxmath.modules._configs.networks import NormConfig as NormConfig
from jaxmath.modules._configs.recurrent import RecurrentConfig as RecurrentConfig
