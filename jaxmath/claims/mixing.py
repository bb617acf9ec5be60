"""What is true of mixing: attention without residuals brings positions together."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import attention_weights, dobrushin, softmax, spread
from jaxmath.verify.claim import bound, distribution, identity

DOBRUSHIN = "Dobrushin 1956; Seneta 1981, Non-negative matrices and Markov chains, section 3.1"
DONG = "Dong, Cordonnier & Loukas 2021, arXiv:2103.03404"
Scalar = Float[Array, ""]


def _pairs_of_rows():
    """All pairs of laws of three outcomes in quarters, and all columns of zeros and ones."""
    rows = [row for row in itertools.product(range(5), repeat=3) if sum(row) == 4]
    pairs = np.array(list(itertools.product(rows, repeat=2))) / 4
    return jnp.asarray(pairs), jnp.asarray(np.array(list(itertools.product([0.0, 1.0], repeat=3))).T)


def _worst(factor):
    pairs, columns = _pairs_of_rows()
    rate = factor * jax.vmap(dobrushin)(pairs)
    moved = jax.vmap(lambda a: spread(a @ columns).max())(pairs)
    return {
        "pairs beyond the rate": int((moved > rate).sum()),
        "pairs at the rate": int((moved == rate).sum()),
    }


@distribution(source=DOBRUSHIN)
def mixing_shrinks_the_spread_by_the_coefficient():
    r"""$\mathrm{osc}(A V) \le \tau(A)\, \mathrm{osc}(V)$, with equality for the worst values of each $A$.

    Here for all 225 pairs of rows in quarters; values are zeros and ones, between which all others lie.
    """
    return _worst(1), {"pairs beyond the rate": 0, "pairs at the rate": 225}


@mixing_shrinks_the_spread_by_the_coefficient.mutant
def mixing_shrinks_the_spread_by_half_the_coefficient():
    return _worst(0.5), {"pairs beyond the rate": 0, "pairs at the rate": 225}


@identity(source=f"{DONG}, section 2: attention alone")
def differences_of_two_positions_are_multiplied_by_every_layer(
    x: Float[Array, "2 2 1"], y: Float[Array, "2 2 1"], v: Float[Array, "2 1"]
):
    r"""A layer takes the difference of two positions $\lambda = a_{11} - a_{21}$ times; layers multiply.

    $|\lambda|$ is the coefficient of two positions, below one.
    """
    first, second = attention_weights(x[0], x[1]), attention_weights(y[0], y[1])
    out = (second @ (first @ v))[:, 0]
    factors = (second[0, 0] - second[1, 0]) * (first[0, 0] - first[1, 0])
    return out[0] - out[1], factors * (v[0, 0] - v[1, 0])


@differences_of_two_positions_are_multiplied_by_every_layer.mutant
def differences_of_two_positions_are_multiplied_by_one_layer(x, y, v):
    first, second = attention_weights(x[0], x[1]), attention_weights(y[0], y[1])
    out = (second @ (first @ v))[:, 0]
    return out[0] - out[1], (second[0, 0] - second[1, 0]) * (v[0, 0] - v[1, 0])


@identity(source=f"{DONG}, section 3: skip connections")
def residuals_keep_the_difference_of_two_positions(x: Float[Array, "2 2 1"], v: Float[Array, "2 1"]):
    r"""$(I + A) v$ has $1 + \lambda$ times the difference of $v$, $\lambda = a_{11} - a_{21}$."""
    a = attention_weights(x[0], x[1])
    out = (v + a @ v)[:, 0]
    return out[0] - out[1], (1 + a[0, 0] - a[1, 0]) * (v[0, 0] - v[1, 0])


@residuals_keep_the_difference_of_two_positions.mutant
def residuals_do_not_matter_for_the_difference_of_two_positions(x, v):
    a = attention_weights(x[0], x[1])
    out = (v + a @ v)[:, 0]
    return out[0] - out[1], (a[0, 0] - a[1, 0]) * (v[0, 0] - v[1, 0])


@bound(
    source="Birkhoff 1957, with scores between -r and r",
    box=dict(x=(-1, 1), y=(-1, 1), r=(0.5, 1)),
    slack=0.01,
    sharp=dict(x=1.0, y=-1.0, r=1.0),
)
def bounded_scores_mix(x: Scalar, y: Scalar, r: Scalar):
    r"""Scores within $\pm r$ give $\tau \le \tanh r < 1$: the spread of $L$ layers is below $\tanh^L r$.

    Here for two positions whose scores are $(r x, -r x)$ and $(r y, -r y)$.
    """
    scores = r * jnp.stack([jnp.stack([x, -x]), jnp.stack([y, -y])])
    return dobrushin(softmax(scores)), jnp.tanh(r)


@bounded_scores_mix.mutant
def bounded_scores_mix_by_half(x, y, r):
    scores = r * jnp.stack([jnp.stack([x, -x]), jnp.stack([y, -y])])
    return dobrushin(softmax(scores)), jnp.tanh(r / 2)


@identity(source="rows that add up to one", at=dict(n=2, m=3, d=2))
def what_all_positions_share_stays(q: Float[Array, "n d"], k: Float[Array, "m d"], c: Scalar):
    r"""$A \mathbf 1 = \mathbf 1$: equal values stay as they are, and their spread is zero."""
    out = attention_weights(q, k) @ jnp.broadcast_to(c, (3, 1))
    return (out, spread(out)), (jnp.broadcast_to(c, (2, 1)), jnp.zeros(1))


@what_all_positions_share_stays.mutant
def what_all_positions_share_stays_beside_a_sink(q, k, c):
    out = attention_weights(q, k, sink=0.0) @ jnp.broadcast_to(c, (3, 1))
    return (out, spread(out)), (jnp.broadcast_to(c, (2, 1)), jnp.zeros(1))
