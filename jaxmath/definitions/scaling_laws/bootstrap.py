r"""How far fitted coefficients could have been off.

Source: Efron & Tibshirani, *An introduction to the bootstrap* (1993), chapter 6; as in Besiroglu et al. 2024,
arXiv:2404.10102, section 3.
"""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import PRNGKeyArray

from jaxmath.definitions.scaling_laws.chinchilla import ChinchillaLaw
from jaxmath.definitions.scaling_laws.fit import fit_law


def bootstrap_law(
    key: PRNGKeyArray,
    n: ArrayLike,
    d: ArrayLike,
    loss: ArrayLike,
    law: ChinchillaLaw,
    times: int,
    delta: float = 1e-3,
) -> list[ChinchillaLaw]:
    """So many laws, each fitted to runs drawn with replacement by a search that begins at `law`."""
    start = [*(math.log(c) for c in (law.A, law.B, law.E)), float(law.alpha), float(law.beta)]
    with jax.enable_x64(True):
        runs = jnp.stack([jnp.asarray(x, jnp.float64) for x in (n, d, loss)])
        drawn = jax.random.randint(key, (times, runs.shape[1]), 0, runs.shape[1])
        return [fit_law(runs[0, i], runs[1, i], runs[2, i], (start,), delta)[0] for i in drawn]
