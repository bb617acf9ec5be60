"""Laws of scaling: fitting them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from jaxmath.definitions import BESIROGLU, chinchilla_loss, fit_law, fit_objective
from jaxmath.verify.claim import accounting, distribution

START = [(6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083)]


def _grid() -> tuple[np.ndarray, np.ndarray, jax.Array]:
    """Parameters, tokens and losses of as many runs as Hoffmann et al. plot, without noise."""
    n, d = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 16), np.geomspace(1e9, 1e11, 15)))
    with jax.enable_x64(True):
        return n, d, chinchilla_loss(jnp.asarray(n), jnp.asarray(d))


def _failed() -> tuple[np.ndarray, np.ndarray, jax.Array]:
    """The same runs, of which every tenth ended early, with a loss a third too high."""
    n, d, loss = _grid()
    with jax.enable_x64(True):
        return n, d, loss * jnp.where(jnp.arange(len(n)) % 10 == 0, 4 / 3, 1.0)


def _predicted(x: Array, n: Array, d: Array) -> Array:
    a, b, e, alpha, beta = x
    return jnp.exp(e) + jnp.exp(a) / n**alpha + jnp.exp(b) / d**beta


def _objectives(huber: Callable[[Array, Array], Array]) -> tuple[list[float], list[float]]:
    """At three points, of all runs: by the definition, and by another function of prediction and loss."""
    with jax.enable_x64(True):
        n, d, loss = (jnp.asarray(column) for column in _failed())
        both = jax.jit(lambda x: (fit_objective(x, n, d, loss), huber(_predicted(x, n, d), loss).sum()))
        found = [both(jnp.asarray(START[0]) + shift) for shift in (-0.01, 0.0, 0.02)]
        return [float(own) for own, _ in found], [float(other) for _, other in found]


# Sums of 240 losses, each after about ten functions of numbers up to 26 (logarithms of sizes).
@distribution(
    source="Hoffmann et al. 2022, arXiv:2203.15556, eq. (3); Optax, huber_loss", roundings=240 + 10 * 26
)
def the_objective_is_the_sum_of_huber_losses():
    r"""$\sum_i h_\delta(\log \hat L(N_i, D_i) - \log L_i)$, $\delta = 10^{-3}$, with Optax's $h_\delta$."""
    return _objectives(lambda y, loss: optax.huber_loss(jnp.log(y), jnp.log(loss), delta=1e-3))


@the_objective_is_the_sum_of_huber_losses.mutant
def the_objective_is_the_sum_of_huber_losses_without_logarithms():
    return _objectives(lambda y, loss: optax.huber_loss(y, loss, delta=1e-3))


@accounting(source="Hoffmann et al. 2022, arXiv:2203.15556, eq. (3)")
def a_law_is_recovered_from_its_own_losses():
    r"""Losses computed from the law of Besiroglu et al. give back its coefficients."""
    return list(fit_law(*_grid(), START)[0]), [str(c) for c in BESIROGLU]


@a_law_is_recovered_from_its_own_losses.mutant
def a_law_is_recovered_from_rounded_losses():
    n, d, loss = _grid()
    return list(fit_law(n, d, loss.round(2), START)[0]), [str(c) for c in BESIROGLU]


@accounting(source="Huber 1964, Robust Estimation of a Location Parameter; Hoffmann et al. 2022, section 3.3")
def runs_that_failed_do_not_move_a_law():
    r"""From losses a tenth of which is a third too high: a residual pulls by no more than $\delta$."""
    return list(fit_law(*_failed(), START)[0]), ["1.817", "482", "2.09e3", "0.348", "0.366"]


@runs_that_failed_do_not_move_a_law.mutant
def runs_that_failed_do_not_move_least_squares():
    return list(fit_law(*_failed(), START, delta=1.0)[0]), ["1.817", "482", "2.09e3", "0.348", "0.366"]
