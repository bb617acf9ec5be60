r"""The textbook: what every component is, for one sequence and one head.

Nine chapters; the order is that of a reader who begins with sums of exponentials.
"""

# 1. Core mathematical concepts
from jaxmath.definitions.information import cross_entropy as cross_entropy
from jaxmath.definitions.information import entropy as entropy
from jaxmath.definitions.information import js as js
from jaxmath.definitions.information import kl as kl
from jaxmath.definitions.information import renyi as renyi
from jaxmath.definitions.information import total_variation as total_variation
from jaxmath.definitions.softmax import log_softmax as log_softmax
from jaxmath.definitions.softmax import logsumexp as logsumexp
from jaxmath.definitions.softmax import softmax as softmax

# 2. Training algorithms
from jaxmath.definitions.losses import token_cross_entropy as token_cross_entropy
from jaxmath.definitions.losses import token_losses as token_losses
from jaxmath.definitions.losses import weighted_mean as weighted_mean
from jaxmath.definitions.optimizers import adafactor as adafactor
from jaxmath.definitions.optimizers import adafactor_decay as adafactor_decay
from jaxmath.definitions.optimizers import adam as adam
from jaxmath.definitions.optimizers import adam_direction as adam_direction
from jaxmath.definitions.optimizers import adamw as adamw
from jaxmath.definitions.optimizers import clip_by_global_norm as clip_by_global_norm
from jaxmath.definitions.optimizers import factored_rms as factored_rms
from jaxmath.definitions.optimizers import global_norm as global_norm
from jaxmath.definitions.optimizers import lion as lion
from jaxmath.definitions.optimizers import momentum as momentum
from jaxmath.definitions.optimizers import nesterov as nesterov
from jaxmath.definitions.optimizers import sgd as sgd

# 3. Structure
from jaxmath.definitions.activations import gelu as gelu
from jaxmath.definitions.activations import gelu_tanh as gelu_tanh
from jaxmath.definitions.activations import relu as relu
from jaxmath.definitions.activations import relu_squared as relu_squared
from jaxmath.definitions.activations import sigmoid as sigmoid
from jaxmath.definitions.activations import silu as silu
from jaxmath.definitions.activations import soft_cap as soft_cap
from jaxmath.definitions.activations import softplus as softplus
from jaxmath.definitions.alibi import alibi_bias as alibi_bias
from jaxmath.definitions.alibi import alibi_slopes as alibi_slopes
from jaxmath.definitions.blocks import cross_attention_block as cross_attention_block
from jaxmath.definitions.blocks import decoder_block as decoder_block
from jaxmath.definitions.blocks import encoder_block as encoder_block
from jaxmath.definitions.embedding import embed as embed
from jaxmath.definitions.embedding import embed_one_hot as embed_one_hot
from jaxmath.definitions.embedding import unembed as unembed
from jaxmath.definitions.feedforward import gated_mlp as gated_mlp
from jaxmath.definitions.feedforward import mlp as mlp
from jaxmath.definitions.glu import bilinear as bilinear
from jaxmath.definitions.glu import gated_linear_unit as gated_linear_unit
from jaxmath.definitions.glu import geglu as geglu
from jaxmath.definitions.glu import glu as glu
from jaxmath.definitions.glu import reglu as reglu
from jaxmath.definitions.glu import swiglu as swiglu
from jaxmath.definitions.norms import layer_norm as layer_norm
from jaxmath.definitions.norms import rms_norm as rms_norm
from jaxmath.definitions.params import BlockParams as BlockParams
from jaxmath.definitions.params import CrossBlockParams as CrossBlockParams
from jaxmath.definitions.params import DecoderParams as DecoderParams
from jaxmath.definitions.params import EncoderDecoderParams as EncoderDecoderParams
from jaxmath.definitions.params import EncoderParams as EncoderParams
from jaxmath.definitions.params import GatedMLPParams as GatedMLPParams
from jaxmath.definitions.params import MLPParams as MLPParams
from jaxmath.definitions.params import MultiHeadParams as MultiHeadParams
from jaxmath.definitions.params import NormParams as NormParams
from jaxmath.definitions.residual import residual as residual
from jaxmath.definitions.rotary import rotary as rotary
from jaxmath.definitions.rotary import rotary_angles as rotary_angles
from jaxmath.definitions.sinusoidal import sinusoidal as sinusoidal
from jaxmath.definitions.sinusoidal import sinusoidal_angles as sinusoidal_angles
from jaxmath.definitions.t5 import relative_position_bucket as relative_position_bucket
from jaxmath.definitions.t5 import t5_bias as t5_bias
from jaxmath.definitions.transformers import decoder_transformer as decoder_transformer
from jaxmath.definitions.transformers import encoder_decoder_transformer as encoder_decoder_transformer
from jaxmath.definitions.transformers import encoder_transformer as encoder_transformer

# 4. Expansion

# 5. Attention
from jaxmath.definitions import masks as masks
from jaxmath.definitions.attention import attention as attention
from jaxmath.definitions.attention import attention_lse as attention_lse
from jaxmath.definitions.attention import attention_weights as attention_weights
from jaxmath.definitions.multihead import grouped_query_attention as grouped_query_attention
from jaxmath.definitions.multihead import multi_head_attention as multi_head_attention
from jaxmath.definitions.scores import attention_scores as attention_scores

# 6. Refinement

# 7. Interpretability

# 8. Generation

# 9. Ethics
