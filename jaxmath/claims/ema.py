"""What is true of exponential moving averages."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import debiased, ema
from jaxmath.verify.claim import bound, identity

KINGMA = "Kingma & Ba 2014, arXiv:1412.6980, section 3"
Scalar = Float[Array, ""]
Steps = Float[Array, "3 n"]


def _after(xs: Array, decay: Array) -> Array:
    m = jnp.zeros_like(xs[0])
    for x in xs:
        m = ema(m, x, decay)
    return m


@identity(source=f"{KINGMA}, eq. (1)", at=dict(n=2))
def an_average_fades_geometrically(xs: Steps, decay: Scalar):
    r"""From zero, $m_t = (1 - \beta) \sum_{i \le t} \beta^{t - i} x_i$."""
    return _after(xs, decay), (1 - decay) * (decay**2 * xs[0] + decay * xs[1] + xs[2])


@an_average_fades_geometrically.mutant
def an_average_fades_in_the_other_direction(xs, decay):
    return _after(xs, decay), (1 - decay) * (xs[0] + decay * xs[1] + decay**2 * xs[2])


@identity(source=f"{KINGMA}, eq. (2) to (4)", at=dict(n=2))
def freed_of_its_bias_an_average_of_a_constant_is_the_constant(x: Float[Array, " n"], decay: Scalar):
    r"""$m_3 = (1 - \beta^3) x$ for $x_1 = x_2 = x_3 = x$: what is missing is $1 - \beta^t$."""
    m = _after(jnp.stack([x, x, x]), decay)
    return (m, debiased(m, decay, 3)), ((1 - decay**3) * x, x)


@freed_of_its_bias_an_average_of_a_constant_is_the_constant.mutant
def freed_of_the_bias_of_one_step_an_average_of_a_constant_is_the_constant(x, decay):
    m = _after(jnp.stack([x, x, x]), decay)
    return (m, debiased(m, decay, 1)), ((1 - decay**3) * x, x)


@identity(source="weights of a mean", at=dict(n=1))
def freed_of_its_bias_an_average_is_a_mean(xs: Steps, c: Scalar, decay: Scalar):
    r"""The debiased average follows a shift of all numbers: its weights add up to one."""
    left = debiased(_after(xs + c, decay), decay, 3)
    return left, debiased(_after(xs, decay), decay, 3) + c


@freed_of_its_bias_an_average_is_a_mean.mutant
def an_average_from_zero_is_a_mean(xs, c, decay):
    return _after(xs + c, decay), _after(xs, decay) + c


@identity(source="a decay that grows: 1 - 1/t", at=dict(n=2))
def a_decay_of_one_minus_one_over_t_is_the_plain_mean(xs: Steps):
    r"""With $\beta_t = 1 - 1 / t$ the average of three numbers is their mean, without any bias."""
    m = jnp.zeros_like(xs[0])
    for t, x in enumerate(xs, start=1):
        m = ema(m, x, 1 - jnp.ones(()) / t)
    return m, xs.mean(0)


@a_decay_of_one_minus_one_over_t_is_the_plain_mean.mutant
def a_constant_decay_of_two_thirds_is_the_plain_mean(xs):
    return _after(xs, jnp.asarray(2.0) / 3), xs.mean(0)


@identity(source="half-life of a geometric series")
def an_average_keeps_a_power_of_the_decay_of_where_it_began(m: Scalar, x: Scalar, decay: Scalar):
    r"""After four steps towards $x$ the distance is $\beta^4$ of the first one."""
    start = m
    for _ in range(4):
        m = ema(m, x, decay)
    return m - x, decay**4 * (start - x)


@an_average_keeps_a_power_of_the_decay_of_where_it_began.mutant
def an_average_comes_nearer_by_equal_steps(m, x, decay):
    start = m
    for _ in range(4):
        m = ema(m, x, decay)
    return m - x, (1 - 4 * (1 - decay)) * (start - x)


@bound(source="variance of a weighted mean", box=dict(decay=(0.5, 0.99)), sharp=dict(decay=0.5), slack=0.004)
def an_average_has_a_small_share_of_the_variance(decay: Scalar):
    r"""$\mathrm{Var}(m_t) \le \frac{1-\beta}{1+\beta}\, \sigma^2$ for independent numbers; here $t = 8$."""
    weights = (1 - decay) * jnp.stack([decay**i for i in range(8)])
    return (weights**2).sum(), (1 - decay) / (1 + decay)


@an_average_has_a_small_share_of_the_variance.mutant
def an_average_has_the_share_of_a_mean_of_that_memory(decay):
    weights = (1 - decay) * jnp.stack([decay**i for i in range(8)])
    return (weights**2).sum(), (1 - decay) / 2
