r"""Memory of parameters, gradients and the state of the optimizer.

Source: Rajbhandari et al., *ZeRO* (2020), arXiv:1910.02054, sections 3.1 and 5, figure 1.
"""

import dataclasses

STAGES = (0, 1, 2, 3)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Precision:
    """Bytes for each parameter; by default those of Adam in mixed precision, sixteen together.

    Attributes:
      weights: of the parameter in the forward pass.
      gradients: of its gradient.
      optimizer: of the master copy and the two moments.
    """

    weights: int = 2
    gradients: int = 2
    optimizer: int = 12


MIXED = Precision()
"""Adam in mixed precision."""


def state_bytes(count: int, precision: Precision = MIXED, *, stage: int = 0, shards: int = 1) -> int:
    r"""Bytes on one device.

    $$ \Psi \left(\frac{w}{s_3} + \frac{g}{s_2} + \frac{K}{s_1}\right), \qquad
       s_i = n \text{ from stage } i \text{ on, else } 1 $$

    Args:
      count: parameters, $\Psi$.
      precision: bytes for each.
      stage: what is divided: nothing (0), the optimizer's state (1), gradients too (2), all (3).
      shards: devices that it is divided among, $n$.

    Raises:
      ValueError: if there is no such stage.
    """
    if stage not in STAGES:
        raise ValueError(
            f"state_bytes: stage is {stage}.\n"
            "  ZeRO has stages 0 (nothing is divided), 1 (optimizer), 2 (and gradients), 3 (and parameters)."
        )
    parts = ((precision.optimizer, 1), (precision.gradients, 2), (precision.weights, 3))
    return sum(-(-count * size // (shards if stage >= least else 1)) for size, least in parts)
