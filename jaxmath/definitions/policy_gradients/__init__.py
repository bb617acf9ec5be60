r"""Policy gradients for language models: what a sampled answer is worth, and how far to follow it.

Claims: `jaxmath.claims.policy_gradients`.
"""

from jaxmath.definitions.policy_gradients.gae import gae as gae
from jaxmath.definitions.policy_gradients.groups import centred_rewards as centred_rewards
from jaxmath.definitions.policy_gradients.groups import grpo_advantages as grpo_advantages
from jaxmath.definitions.policy_gradients.groups import rloo_advantages as rloo_advantages
from jaxmath.definitions.policy_gradients.ppo import ppo_clip as ppo_clip
from jaxmath.definitions.policy_gradients.weights import answer_mean_weights as answer_mean_weights
from jaxmath.definitions.policy_gradients.weights import constant_weights as constant_weights
from jaxmath.definitions.policy_gradients.weights import token_mean_weights as token_mean_weights
