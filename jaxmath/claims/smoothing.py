"""What is true of SmoothQuant."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import smooth, smoothing_scales
from jaxmath.verify.claim import bound, identity

XIAO = "Xiao et al. 2022, SmoothQuant, arXiv:2211.10438"
SIZES = dict(n=2, d=3, f=2)
X = Float[Array, "n d"]
W = Float[Array, "d f"]
Scalar = Float[Array, ""]


@identity(source=f"{XIAO}, eq. (3)", at=SIZES)
def factors_moved_to_the_weights_change_no_product(x: X, w: W, scales: Float[Array, " d"]):
    r"""$(x\, \mathrm{diag}(s)^{-1})(\mathrm{diag}(s)\, W) = x W$ for every $s$ without zeros."""
    left, right = smooth(x, w, scales)
    return left @ right, x @ w


@factors_moved_to_the_weights_change_no_product.mutant
def factors_divided_out_of_both_change_no_product(x, w, scales):
    left, _ = smooth(x, w, scales)
    _, right = smooth(x, w, 1 / scales)
    return left @ right, x @ w


@identity(source=f"{XIAO}, eq. (4) at a strength of one half", at=dict(n=1, d=3, f=1))
def half_the_strength_makes_both_alike(x: X, w: W):
    r"""At $\alpha = \tfrac12$ an entry's greatest activation and greatest weight become equal.

    Both are $\sqrt{\max_i |x_{ij}| \max_k |w_{jk}|}$.
    """
    left, right = smooth(x, w, smoothing_scales(x, w))
    both = jnp.sqrt(jnp.abs(x).max(0) * jnp.abs(w).max(1))
    return (jnp.abs(left).max(0), jnp.abs(right).max(1)), (both, both)


@half_the_strength_makes_both_alike.mutant
def full_strength_makes_both_alike(x, w):
    left, right = smooth(x, w, smoothing_scales(x, w, 1.0))
    both = jnp.sqrt(jnp.abs(x).max(0) * jnp.abs(w).max(1))
    return (jnp.abs(left).max(0), jnp.abs(right).max(1)), (both, both)


@identity(
    source=f"{XIAO}, section 4: per-channel activation quantisation is the ideal", at=dict(n=1, d=3, f=2)
)
def full_strength_flattens_activations(x: X, w: W):
    r"""At $\alpha = 1$ every entry of the activations has greatest absolute value 1."""
    return jnp.abs(smooth(x, w, smoothing_scales(x, w, 1.0))[0]).max(0), jnp.ones(3)


@full_strength_flattens_activations.mutant
def no_strength_flattens_activations(x, w):
    return jnp.abs(smooth(x, w, smoothing_scales(x, w, 0.0))[0]).max(0), jnp.ones(3)


@bound(
    source=f"{XIAO}, eq. (4); arithmetic and geometric mean",
    box=dict(x=(0.25, 4), s=(0.25, 4)),
    slack=0.01,
    sharp=dict(x=1.0, s=1.0),
)
def half_the_strength_has_the_least_sum_of_ranges(x: Scalar, s: Scalar):
    r"""$\frac{|x|}{s} + s |w| \ge 2 \sqrt{|x| |w|}$, which the factor at $\alpha = \tfrac12$ attains.

    Here for $|w| = 1$.
    """
    x, w = x[None, None], jnp.ones((1, 1), x.dtype)
    left, right = smooth(x, w, smoothing_scales(x, w))
    return (left + right)[0, 0], x[0, 0] / s + s


@half_the_strength_has_the_least_sum_of_ranges.mutant
def full_strength_has_the_least_sum_of_ranges(x, s):
    x, w = x[None, None], jnp.ones((1, 1), x.dtype)
    left, right = smooth(x, w, smoothing_scales(x, w, 1.0))
    return (left + right)[0, 0], x[0, 0] / s + s
