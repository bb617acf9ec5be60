r"""What each token of a group of answers weighs in the loss.

Source: Shao et al., *DeepSeekMath* (2024), arXiv:2402.03300, eq. (3) (a mean over answers);
Yu et al., *DAPO* (2025), arXiv:2503.14476, section 3.3 (mean over tokens);
Liu et al., *Understanding R1-Zero-like training* (2025), arXiv:2503.20783, section 3.2 (a constant).
Claims: `jaxmath.claims.policy_gradients`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Tokens = Bool[Array, "answers t"]
Weights = Float[Array, "answers t"]


@checked
def answer_mean_weights(tokens: Tokens) -> Weights:
    r"""The weights of GRPO, $w_{it} = 1 / (n\, |y_i|)$: every answer weighs the same, whatever its length.

    Args:
      tokens: which positions hold a token of the answer, one answer per row.

    >>> print(answer_mean_weights(jnp.array([[True, False], [True, True]])))
    [[0.5  0.  ]
     [0.25 0.25]]
    """
    lengths = tokens.astype(float).sum(1, keepdims=True)
    return tokens.astype(float) / jnp.maximum(lengths, 1) / tokens.shape[0]


@checked
def token_mean_weights(tokens: Tokens) -> Weights:
    r"""The weights of DAPO, $w_{it} = 1 / \sum_j |y_j|$: every token weighs the same.

    >>> print(token_mean_weights(jnp.array([[True, False, False], [True, True, True]])))
    [[0.25 0.   0.  ]
     [0.25 0.25 0.25]]
    """
    return tokens.astype(float) / jnp.maximum(tokens.astype(float).sum(), 1)


@checked
def constant_weights(tokens: Tokens, budget: Scalar) -> Weights:
    r"""The weights of Dr. GRPO, $w_{it} = 1 / (n L)$: a constant, known before anything is sampled.

    Args:
      tokens: which positions hold a token of the answer.
      budget: $L$, the greatest length that an answer may have.

    >>> print(constant_weights(jnp.array([[True, False], [True, True]]), 2.0))
    [[0.25 0.  ]
     [0.25 0.25]]
    """
    return tokens.astype(float) / (budget * tokens.shape[0])
