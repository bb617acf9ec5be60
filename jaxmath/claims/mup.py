"""What is true of the maximal update parametrization."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import adam, attention_scale, mup_scaling, sgd, shift_scaling
from jaxmath.definitions.mup import Scaling
from jaxmath.verify.claim import identity

Scalar = Float[Array, ""]
YANG = "Yang & Hu et al. 2022, arXiv:2203.03466"
SYMMETRY = "Yang & Hu 2020, arXiv:2011.14522, section 3 (symmetries of abc-parametrizations)"
SIZES = dict(n=3, d=2)


def _loss(weight: Array, x: Array, y: Array) -> Array:
    """Any loss of a layer's output with a non-linear head."""
    return (jnp.exp(x @ weight) * y).sum()


def _stepped(scaling: Scaling, entries: Array, x: Array, y: Array, rule: str) -> Array:
    """The weight that the layer uses after one step: entries times deviation, times multiplier."""
    w = scaling.deviation * entries
    grad = jax.grad(lambda w: _loss(scaling.multiplier * w, x, y))(w)
    if rule == "sgd":
        return scaling.multiplier * sgd(w, grad, scaling.rate)
    zero = jnp.zeros_like(w)
    return scaling.multiplier * adam(w, grad, zero, zero, 1, scaling.rate, eps=0.0)[0]


@identity(source=SYMMETRY, at=SIZES)
def multipliers_may_be_moved_into_scales_and_rates_of_sgd(
    w: Float[Array, "n d"],
    x: Float[Array, " n"],
    y: Float[Array, " d"],
    m: Scalar,
    s: Scalar,
    r: Scalar,
    c: Scalar,
):
    r"""$(m, \sigma, \eta)$ and $(\theta m, \sigma / \theta, \eta / \theta^2)$ take the same step."""
    moved = shift_scaling(Scaling(m, s, r), c, "sgd")
    return _stepped(moved, w, x, y, "sgd"), _stepped(Scaling(m, s, r), w, x, y, "sgd")


@multipliers_may_be_moved_into_scales_and_rates_of_sgd.mutant
def multipliers_may_be_moved_into_scales_of_sgd(w, x, y, m, s, r, c):
    moved = shift_scaling(Scaling(m, s, r), c, "adam")
    return _stepped(moved, w, x, y, "sgd"), _stepped(Scaling(m, s, r), w, x, y, "sgd")


@identity(source=f"{SYMMETRY}; Yang & Littwin 2023, arXiv:2308.01814", at=SIZES)
def multipliers_may_be_moved_into_scales_and_rates_of_adam(
    w: Float[Array, "n d"],
    x: Float[Array, " n"],
    y: Float[Array, " d"],
    m: Scalar,
    s: Scalar,
    r: Scalar,
    c: Scalar,
):
    r"""$(m, \sigma, \eta)$ and $(\theta m, \sigma / \theta, \eta / \theta)$ take the same step."""
    moved = shift_scaling(Scaling(m, s, r), jnp.exp(c), "adam")
    return _stepped(moved, w, x, y, "adam"), _stepped(Scaling(m, s, r), w, x, y, "adam")


@multipliers_may_be_moved_into_scales_and_rates_of_adam.mutant
def adam_moves_multipliers_as_sgd_does(w, x, y, m, s, r, c):
    moved = shift_scaling(Scaling(m, s, r), jnp.exp(c), "sgd")
    return _stepped(moved, w, x, y, "adam"), _stepped(Scaling(m, s, r), w, x, y, "adam")


@identity(source=f"{YANG}, tables 3 and 8")
def both_tables_are_one_parametrization(n: Scalar):
    r"""Table 8's read-out, moved by $\theta = n$, is table 3's: variance $1 / n^2$ and rate $1 / n$."""
    moved = [shift_scaling(mup_scaling("output", n, 1.0, rule), n, rule) for rule in ("sgd", "adam")]
    return [tuple(each) for each in moved], [(jnp.ones(()), 1 / n, 1 / n)] * 2


@both_tables_are_one_parametrization.mutant
def table_three_has_the_standard_readout(n):
    moved = [shift_scaling(mup_scaling("output", n, 1.0, rule), n, rule) for rule in ("sgd", "adam")]
    return [tuple(each) for each in moved], [(jnp.ones(()), n**-0.5, 1 / n)] * 2


def _moved(x: Array, d: Array, rate: Array) -> Array:
    """Change of a layer's output by one step against the sign of the gradient, $d$ at the output."""
    return x @ (-rate * jnp.sign(jnp.outer(x, d)))


@identity(source=f"{YANG}, section 5 and appendix J.2", at=dict(n=2, d=1))
def a_step_of_adam_moves_features_by_the_mean_of_the_inputs(
    x: Float[Array, " n"], d: Float[Array, " d"], lr: Scalar
):
    r"""At the rate $\eta / n$ of hidden weights, $\Delta h = -\eta\, \overline{|x|}\, \mathrm{sign}(d)$."""
    rate = lr * mup_scaling("hidden", x.size, d.size).rate
    return _moved(x, d, rate), -lr * jnp.abs(x).mean() * jnp.sign(d)


@a_step_of_adam_moves_features_by_the_mean_of_the_inputs.mutant
def a_step_of_adam_moves_features_alike_at_a_fixed_rate(x, d, lr):
    return _moved(x, d, lr), -lr * jnp.abs(x).mean() * jnp.sign(d)


@identity(source=f"{YANG}, section 5 and appendix J.2", at=dict(n=4, d=3))
def a_step_of_sgd_moves_features_by_the_input_of_the_first_layer(
    x: Float[Array, " n"], d: Float[Array, " d"], lr: Scalar
):
    r"""With gradients $d / n_{\mathrm{out}}$ and the rate $\eta n_{\mathrm{out}}$, by $-\eta |x|^2 d$."""
    rate = lr * mup_scaling("input", x.size, d.size, "sgd").rate
    return x @ (-rate * jnp.outer(x, d / d.size)), -lr * (x @ x) * d


@a_step_of_sgd_moves_features_by_the_input_of_the_first_layer.mutant
def a_step_of_sgd_moves_features_at_the_standard_rate(x, d, lr):
    return x @ (-lr * jnp.outer(x, d / d.size)), -lr * (x @ x) * d


@identity(source=f"{YANG}, definition 4.1")
def attention_is_scaled_by_the_width_of_heads(q: Scalar, d: Scalar):
    r"""Twice as wide heads halve the scale; at the base width it is $1 / \sqrt d$."""
    d = jnp.exp(d)
    return (attention_scale(2 * d, d), attention_scale(d, d)), (attention_scale(d, d) / 2, 1 / jnp.sqrt(d))


@attention_is_scaled_by_the_width_of_heads.mutant
def attention_is_scaled_by_the_root_of_the_width(q, d):
    d = jnp.exp(d)
    return (1 / jnp.sqrt(2 * d), attention_scale(d, d)), (attention_scale(d, d) / 2, 1 / jnp.sqrt(d))
