r"""What a budget would be spent on best.

Source: Hoffmann et al. 2022, arXiv:2203.15556, eq. (4); coefficients of Besiroglu et al. 2024,
arXiv:2404.10102.
"""

import dataclasses

from jaxmath.definitions.scaling_laws import chinchilla_loss, chinchilla_optimum, chinchilla_tokens


@dataclasses.dataclass(frozen=True)
class Optimum:
    """The law of scaling about a run.

    Attributes:
      loss: predicted loss of the run, in nats for each token of the source's data.
      best_parameters: size of least loss for the operations of the run.
      best_tokens: its tokens.
      best_loss: its loss.
      tokens_for_size: tokens at which the size of the run would be the best.
    """

    loss: float
    best_parameters: float
    best_tokens: float
    best_loss: float
    tokens_for_size: float


def optimum(count: float, tokens: float, flops: float) -> Optimum:
    """Loss of so many parameters and tokens, and the best that the same operations could buy.

    Args:
      count: parameters.
      tokens: tokens.
      flops: operations.
    """
    n, d = (float(x) for x in chinchilla_optimum(float(flops)))
    loss, best = (float(chinchilla_loss(float(a), float(b))) for a, b in ((count, tokens), (n, d)))
    return Optimum(loss, n, d, best, float(chinchilla_tokens(float(count))))
