"""Activations: extreme values, distances from one another, and rounding in bfloat16."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, BFloat16, Float

from jaxmath.definitions import gelu, gelu_tanh, relu, sigmoid, silu, soft_cap, softplus
from jaxmath.verify.claim import bound, enclosure

HENDRYCKS = "Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2"
RAMACHANDRAN = "Ramachandran et al. 2017, arXiv:1710.05941, section 5"
GEMMA = "Gemma 2 (2024), arXiv:2408.00118, section 2"
Scalar = Float[Array, ""]


@bound(source=f"{HENDRYCKS}; minimum computed here", box=dict(x=(-8, 8)), sharp=dict(x=-0.75179))
def gelu_is_at_least_its_minimum(x: Scalar):
    r"""$\mathrm{GELU}(x) \ge -0.169972$, attained near $x = -0.75179$."""
    return -0.169972, gelu(x)


@gelu_is_at_least_its_minimum.mutant
def gelu_is_at_least_its_minimum_rounded_to_six_digits(x):
    return -0.169971, gelu(x)


@bound(source=f"{RAMACHANDRAN}; minimum computed here", box=dict(x=(-8, 8)), sharp=dict(x=-1.27846))
def silu_is_at_least_its_minimum(x: Scalar):
    r"""$\mathrm{SiLU}(x) \ge -0.278465$, attained near $x = -1.27846$."""
    return -0.278465, silu(x)


@silu_is_at_least_its_minimum.mutant
def silu_is_above_its_minimum(x):
    return -0.27846, silu(x)


@bound(source=f"{HENDRYCKS}; maximum computed here", box=dict(x=(-8, 8)), sharp=dict(x=1.41421356))
def gelu_is_steepest_at_the_root_of_two(x: Scalar):
    r"""$\mathrm{GELU}'(x) \le 1.128905$, attained at $x = \sqrt 2$."""
    return jax.grad(gelu)(x), 1.128905


@gelu_is_steepest_at_the_root_of_two.mutant
def gelu_is_less_steep_at_the_root_of_two(x):
    return jax.grad(gelu)(x), 1.1289


@bound(source=f"{RAMACHANDRAN}; maximum computed here", box=dict(x=(-8, 8)), sharp=dict(x=2.39935728))
def silu_is_never_steeper_than_eleven_tenths(x: Scalar):
    r"""$\mathrm{SiLU}'(x) \le 1.09984$, attained near $x = 2.39936$."""
    return jax.grad(silu)(x), 1.09984


@silu_is_never_steeper_than_eleven_tenths.mutant
def silu_is_never_steeper_than_a_little_less(x):
    return jax.grad(silu)(x), 1.0998


@bound(source=f"{HENDRYCKS}; distance computed here", box=dict(x=(-8, 8)), sharp=dict(x=2.699))
def both_forms_of_gelu_differ_by_half_a_thousandth(x: Scalar):
    r"""The form with tanh is within $4.733 \cdot 10^{-4}$ of GELU, attained near $|x| = 2.699$."""
    return jnp.abs(gelu(x) - gelu_tanh(x)), 4.733e-4


@both_forms_of_gelu_differ_by_half_a_thousandth.mutant
def both_forms_of_gelu_differ_by_less(x):
    return jnp.abs(gelu(x) - gelu_tanh(x)), 4.72e-4


@bound(source=GEMMA, box=dict(x=(-32, 32), c=(1, 8)), slack=1e-3, sharp=dict(x=32, c=1))
def a_soft_cap_caps(x: Scalar, c: Scalar):
    r"""$|c \tanh(x / c)| \le c$."""
    return jnp.abs(soft_cap(x, c)), c


@a_soft_cap_caps.mutant
def a_soft_cap_caps_at_nine_tenths(x, c):
    return jnp.abs(soft_cap(x, c)), 0.9 * c


@bound(source=f"{GEMMA}; series of tanh", box=dict(x=(-4, 4)), slack=1e-3, sharp=dict(x=0.1))
def a_soft_cap_is_the_identity_to_second_order(x: Scalar):
    r"""$|c \tanh(x / c) - x| \le |x|^3 / 3 c^2$; here for a cap of two."""
    return jnp.abs(soft_cap(x, 2.0) - x), jnp.abs(x) ** 3 / 12


@a_soft_cap_is_the_identity_to_second_order.mutant
def a_soft_cap_is_the_identity_to_third_order(x):
    return jnp.abs(soft_cap(x, 2.0) - x), x**4 / 48


@bound(source="Dugas et al. 2001, section 2", box=dict(x=(-8, 8)), slack=1e-6, sharp=dict(x=8.0))
def softplus_lies_within_log_two_of_relu(x: Scalar):
    r"""$\mathrm{relu}(x) \le \mathrm{softplus}(x) \le \mathrm{relu}(x) + \log 2$."""
    return (relu(x), softplus(x)), (softplus(x), relu(x) + jnp.log(jnp.full((), 2.0, x.dtype)))


@softplus_lies_within_log_two_of_relu.mutant
def softplus_lies_within_two_thirds_of_relu(x):
    return (relu(x), softplus(x)), (softplus(x), relu(x) + 2 / 3)


@bound(source="definition of the logistic function", box=dict(x=(-8, 8)), slack=1e-6, sharp=dict(x=0.0))
def the_sigmoid_is_a_quarter_lipschitz(x: Scalar):
    r"""$\sigma'(x) = \sigma(x) (1 - \sigma(x)) \le 1/4$."""
    return jax.grad(sigmoid)(x), 0.25


@the_sigmoid_is_a_quarter_lipschitz.mutant
def the_sigmoid_is_a_fifth_lipschitz(x):
    return jax.grad(sigmoid)(x), 0.2


@enclosure(source="IEEE 754: round once", box=dict(x=(0.0625, 8)), ulps=0.51)
def silu_in_half_precision_is_rounded_once(x: BFloat16[Array, ""]):
    r"""Computed in float32 and rounded at the end, every bfloat16 SiLU is as near as can be."""
    return silu(x.astype(jnp.float32)).astype(jnp.bfloat16), silu(x)


@silu_in_half_precision_is_rounded_once.mutant
def silu_in_half_precision_may_take_a_rounded_gate(x):
    gate = sigmoid(x.astype(jnp.float32)).astype(jnp.float8_e4m3fn).astype(jnp.float32)
    return (x.astype(jnp.float32) * gate).astype(jnp.bfloat16), silu(x)
