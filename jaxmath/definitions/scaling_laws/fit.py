r"""Fitting the law of Hoffmann et al. to runs.

Source: Hoffmann et al. 2022, arXiv:2203.15556, eq. (3) and appendix D.2; Besiroglu et al. 2024,
arXiv:2404.10102, section 3, which sums over runs where the former averages, so that the search does not end
early.
"""

import importlib
import itertools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.scaling_laws.chinchilla import ChinchillaLaw
from jaxmath.definitions.softmax import logsumexp
from jaxmath.notation import checked

STARTS = tuple(itertools.product((5.0, 15.0), (5.0, 15.0), (0.5,), (0.25, 0.75), (0.25, 0.75)))
r"""Points from which a search begins: $\log A$, $\log B$, $\log E$, $\alpha$, $\beta$."""


@checked
def fit_objective(
    x: Float[Array, "5"],
    n: Float[Array, " b"],
    d: Float[Array, " b"],
    loss: Float[Array, " b"],
    delta: Scalar = 1e-3,
) -> Float[Array, ""]:
    r"""Sum over runs of the Huber loss of $\log \hat L - \log L$.

    $$ \sum_i h_\delta\big(\mathrm{LSE}(a - \alpha \log N_i, b - \beta \log D_i, e) - \log L_i\big), \qquad
       h_\delta(r) = \tfrac12 \min(|r|, \delta)^2 + \delta (|r| - \delta)_+ $$

    Args:
      x: $a = \log A$, $b = \log B$, $e = \log E$, $\alpha$, $\beta$.
      n: parameters of each run.
      d: tokens of each run.
      loss: loss of each run.
      delta: residual from which on the loss grows linearly.
    """
    a, b, e, alpha, beta = x
    terms = (a - alpha * jnp.log(n), b - beta * jnp.log(d), jnp.broadcast_to(e, n.shape))
    size = jnp.abs(logsumexp(jnp.stack(terms, -1)) - jnp.log(loss))
    inner = jnp.minimum(size, delta)
    return (inner**2 / 2 + delta * (size - inner)).sum()


def fit_law(
    n: ArrayLike,
    d: ArrayLike,
    loss: ArrayLike,
    starts: Sequence[Sequence[float]] = STARTS,
    delta: float = 1e-3,
) -> tuple[ChinchillaLaw, float]:
    """The law of least `fit_objective`, and that objective: the best end of a search from each start.

    Each search is SciPy's BFGS, in 64 bits.

    Args:
      n: parameters of each run.
      d: tokens of each run.
      loss: loss of each run.
      starts: points as in `STARTS`.
      delta: see `fit_objective`.
    """
    with jax.enable_x64(True):
        runs = [jnp.asarray(x, jnp.float64) for x in (n, d, loss)]
        ends = [_search(jnp.asarray(start, jnp.float64), runs, delta) for start in starts]
        x, value = min(ends, key=lambda end: end[1])
    a, b, e, alpha, beta = x
    return ChinchillaLaw(math.exp(e), math.exp(a), math.exp(b), alpha, beta), value


@jax.jit
@jax.value_and_grad
def _centred(x: Array, runs: Sequence[Array], delta: Scalar, middle: Array) -> Array:
    return fit_objective(x.at[:2].add(x[3:] * middle), *runs, delta) / delta**2


def _search(x: Array, runs: Sequence[Array], delta: float) -> tuple[list[float], float]:
    # Around the mean size, a and alpha hardly depend on each other, so that the search is short; in units
    # of delta squared, gradients are neither tiny nor huge.
    middle = jnp.stack([jnp.log(run).mean() for run in runs[:2]])
    # Loaded here: it takes a quarter of a second.
    told = importlib.import_module("scipy.optimize").minimize(
        lambda x: [jax.device_get(y) for y in _centred(jnp.asarray(x), runs, delta, middle)],
        jax.device_get(x.at[:2].add(-x[3:] * middle)),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-7},
    )
    end = jnp.asarray(told.x)
    return end.at[:2].add(end[3:] * middle).tolist(), float(told.fun) * delta**2
