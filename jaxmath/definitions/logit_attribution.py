r"""Direct logit attribution: what each component of the residual stream adds to each score.

Source: Elhage et al., *A mathematical framework for transformer circuits* (2021),
transformer-circuits.pub/2021/framework (the residual stream is a sum, and so are scores); Nanda & Bloom,
*TransformerLens* (2022), `apply_ln_to_stack` (the scale of the last norm as it was found).
Claims: `jaxmath.claims.logit_attribution`.
"""

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Kind = Literal["layer", "rms"]


@checked
def frozen_norm(
    parts: Float[Array, "parts d"],
    weight: Float[Array, " d"] | None = None,
    eps: Scalar = 1e-5,
    *,
    kind: Kind = "layer",
) -> Float[Array, "parts d"]:
    r"""What a norm makes of every summand of a vector, with its scale as it is for the whole vector.

    $$ y_i = \gamma \odot \frac{c_i - \bar c_i}{s}, \qquad
       s = \sqrt{\operatorname{var}\Bigl(\sum_j c_j\Bigr) + \epsilon} $$

    for layer norm; for RMS norm nothing is subtracted and $s^2$ is the mean square. The rows of $y$ add up
    to the norm of the sum, but for its bias. No derivative is taken of $s$, which is what "frozen" means.

    Args:
      parts: $c$, which add up to the vector that is normalised.
      weight: $\gamma$; 1 if left out.
      eps: $\epsilon$.
      kind: of the norm.

    Raises:
      ValueError: if there is no such norm.

    >>> print(frozen_norm(jnp.array([[3.0, 1.0], [1.0, 1.0]]), eps=0.0))
    [[ 1. -1.]
     [ 0.  0.]]
    """
    if kind not in ("layer", "rms"):
        raise ValueError(
            f'frozen_norm: kind must be "layer" or "rms", but it is {kind!r}. Name the norm that comes last.'
        )
    centred = parts - parts.mean(-1, keepdims=True) if kind == "layer" else parts
    scale = jnp.sqrt((centred.sum(0) ** 2).mean() + eps)
    y = centred / jax.lax.stop_gradient(scale)
    return y if weight is None else y * weight[None, :]


@checked
def logit_attribution(
    parts: Float[Array, "parts d"],
    table: Float[Array, "v d"],
    weight: Float[Array, " d"] | None = None,
    eps: Scalar = 1e-5,
    *,
    kind: Kind = "layer",
) -> Float[Array, "parts v"]:
    r"""What each summand adds to the score of each token, $\langle y_i, \mathrm{table}_w \rangle$.

    The rows add up to the scores, but for what the bias $\beta$ of the norm adds, $\langle \beta,
    \mathrm{table}_w \rangle$.
    With the difference of two rows as `table` they are those of a difference of scores.

    Args:
      parts: what was written to the residual stream at one position, the embedding included.
      table: directions that are read out.
      weight: see `frozen_norm`.
      eps: see `frozen_norm`.
      kind: see `frozen_norm`.
    """
    return frozen_norm(parts, weight, eps, kind=kind) @ table.T
