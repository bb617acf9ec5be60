"""How often a wrong identity holds by chance at one point, measured with primes small enough to see it.

The engine's estimate is $2^{-28}$ a point, for primes above $2^{30}$: that a wrong identity holds at a point
modulo p with probability at most $4 / p$. Small primes show whether that is so. Where rotations are met, the
order of the rotation is in the place of the prime.
"""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxmath.verify import climb, compare, primes, watched, watched_bound
from jaxmath.verify.field import Field
from jaxmath.verify.model import Model
from jaxmath.verify.problem import Sides, Vjp

SAMPLES = 2048
SEEDS = (1, 2)
TOPS = (2**8, 2**10, 2**12)
STEP = 4
# A check fails by chance this often, at most; there are fewer than a hundred checks.
CHANCE = 1e-6 / 100


def spec(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def attention(q, k, v, scale):
    p = jax.nn.softmax(q @ k.T * scale)
    return (p @ v)[0, 0]


def blockwise(q, k, v, corrected):
    s = q @ k.T / 2
    tops = jnp.maximum(s[:, :2].max(1), -jnp.inf), jnp.maximum(s[:, :2].max(1), s[:, 2:].max(1))
    first, second = jnp.exp(s[:, :2] - tops[0][:, None]), jnp.exp(s[:, 2:] - tops[1][:, None])
    old = jnp.exp(tops[0] - tops[1])
    total = first.sum(1) * old + second.sum(1)
    mean = (first @ v[:2]) * (old[:, None] if corrected else 1.0) + second @ v[2:]
    return (mean / total[:, None])[0, 0]


def backward(q, k, v, do, sign):
    p = jax.nn.softmax(q @ k.T / 2)
    dp = do @ v.T
    ds = p * (dp - sign * (do * (p @ v)).sum(1, keepdims=True)) / 2
    return ds @ k, ds.T @ q, p.T @ do


def layer_norm(x, eps):
    centred = x - x.mean()
    return (centred * jax.lax.rsqrt((centred**2).mean() + eps))[0]


def sides(f, g, *args):
    return Sides(lambda *a: (f(*a), g(*a)), args)


QKV = (spec(2, 4), spec(4, 4), spec(4, 2))
WRONG = {
    "exp(x) exp(y) = exp(x + 2 y)": sides(
        lambda x, y: jnp.exp(x) * jnp.exp(y), lambda x, y: jnp.exp(x + 2 * y), spec(), spec()
    ),
    "one of eight exponents wrong": sides(
        lambda x: jnp.exp(x).sum(), lambda x: jnp.exp(x[:7]).sum() + jnp.exp(x[6]), spec(8)
    ),
    "cube of a sum without the cross terms": sides(
        lambda x, y: (x + y) ** 3, lambda x, y: x**3 + y**3, spec(), spec()
    ),
    "attention without its scale": sides(
        functools.partial(attention, scale=0.5), functools.partial(attention, scale=1.0), *QKV
    ),
    "attention in blocks without a correction": sides(
        functools.partial(blockwise, corrected=True), functools.partial(blockwise, corrected=False), *QKV
    ),
    "layer norm with twice the epsilon": sides(
        functools.partial(layer_norm, eps=2.0**-16), functools.partial(layer_norm, eps=2.0**-15), spec(4)
    ),
    "attention backward with delta added": Vjp(
        lambda q, k, v: jax.nn.softmax(q @ k.T / 2) @ v, functools.partial(backward, sign=-1.0), QKV
    ),
}
MODELS = {"free": Model(step=STEP), "tower": Model(exp="tower", step=STEP)}


def accepted(problem, model):
    """Points at which the two sides agree, at which they are defined, and the smallest prime for values."""
    counts, least = np.zeros(2, int), model.prime_top
    for seed in SEEDS:
        field = Field(model, SAMPLES, seed)
        (leaf,), _ = problem.evaluate(field, False)
        same, defined = compare.agreement(field, leaf.left, leaf.right)
        counts += (same & defined).sum(), defined.sum()
        least = min(least, *(t.primes[-1] for t in field.towers))
    return counts, least


@functools.cache
def measured(name, exp):
    """For each size of primes: points accepted, points compared, the smallest prime."""
    base = MODELS[exp]
    models = [Model(exp=base.exp, step=STEP, prime_top=top) for top in TOPS]
    return [(int(k), int(n), p) for (k, n), p in (accepted(WRONG[name], model) for model in models)]


def at_most(k, n, rate):
    """Whether k of n is not too many for a rate."""
    return rate >= 1.0 or stats.binom.sf(k - 1, n, rate) > CHANCE


def at_least(k, n, rate):
    return stats.binom.cdf(k, n, rate) > CHANCE


CASES = list(itertools.product(WRONG, MODELS))


@pytest.mark.parametrize(("name", "exp"), CASES)
def test_a_wrong_identity_holds_by_chance_no_more_often_than_the_estimate_says(name, exp):
    least = 2**30
    constant = 2.0**-climb._BITS_PER_POINT * least
    assert constant == 4.0
    for k, n, p in measured(name, exp):
        assert n > SAMPLES
        assert at_most(k, n, constant / p), f"{k} of {n} at primes from {p} on"


@pytest.mark.parametrize(("name", "exp"), CASES)
def test_the_rate_falls_at_least_like_one_over_the_prime(name, exp):
    """What the smallest primes show, scaled by 1 / p, is not exceeded by larger ones."""
    (k, n, p), *larger = measured(name, exp)
    # The highest rate that the first measurement leaves possible (Clopper and Pearson).
    rate = stats.beta.ppf(1 - CHANCE, k + 1, n - k)
    for k2, n2, p2 in larger:
        assert at_most(k2, n2, rate * p / p2), f"{k2} of {n2} at {p2}, after {k} of {n} at {p}"


@pytest.mark.parametrize("name", WRONG)
def test_the_rate_stays_below_the_bound_of_the_theorem(name, monkeypatch):
    """The part of the bound that depends on the points, with the small prime in place of the large ones."""
    monkeypatch.setitem(primes.POOL, 2, 10**40)  # the other part is about unlucky primes, averaged over all
    watch = watched.Watch(Field(Model(step=STEP), 1, 0))
    leaves, _ = WRONG[name].evaluate(watch, False)
    bound = watched_bound.bound(watch, [(leaf.left, leaf.right) for leaf in leaves])
    degree = bound.at_point * 2**29
    assert degree >= 1.0
    for k, n, p in measured(name, "free"):
        exponents = (p - 1) // 2
        assert at_most(k, n, bound.events * degree / exponents)


def test_angles_are_told_apart_as_well_as_the_estimate_says():
    """Rotations have orders far below the primes, whatever these are."""
    accepted, compared = 0, 0
    problem = sides(lambda x, y: jnp.sin(x), lambda x, y: jnp.sin(x + y), spec(), spec())
    for seed in range(8):
        field = Field(Model(), 2**13, seed)
        (leaf,), _ = problem.evaluate(field, False)
        same, defined = compare.agreement(field, leaf.left, leaf.right)
        accepted, compared = accepted + (same & defined).sum(), compared + defined.sum()
    assert at_most(int(accepted), int(compared), 1 / primes.TURN[2])


def test_one_over_the_prime_is_what_is_measured_where_the_law_is_known():
    """exp(x) exp(y) = exp(x + 2 y) holds where y is zero: modulo the prime of exponents."""
    for k, n, p in measured("exp(x) exp(y) = exp(x + 2 y)", "free"):
        rate = 2 / (p - 1)
        assert at_most(k, n, rate) and at_least(k, n, rate / 2), f"{k} of {n} for {rate}"
