"""What is true of Mirostat."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process, kept, laws
from jaxmath.definitions import mirostat
from jaxmath.verify.claim import distribution, identity

BASU = "Basu et al. 2021, arXiv:2007.14966, algorithm 2"
Scalar = Float[Array, ""]


@identity(source=BASU, at=dict(v=3))
def the_mean_surprise_is_the_target_up_to_the_drift_of_the_limit(
    x: Float[Array, "2 v"], limit: Scalar, target: Scalar, rate: Scalar
):
    r"""$\frac1n \sum_t S_t = \tau + (\mu_0 - \mu_n) / (\eta n)$, whatever was drawn."""
    steps = mirostat.steer(limit, x[0], 1, target, rate), mirostat.surprise(x[0])[1]
    last, second = mirostat.steer(steps[0], x[1], 2, target, rate), mirostat.surprise(x[1])[2]
    return (steps[1] + second) / 2, target + (limit - last) / (2 * rate)


@the_mean_surprise_is_the_target_up_to_the_drift_of_the_limit.mutant
def a_surprise_too_high_raises_the_limit(x, limit, target, rate):
    first, second = mirostat.surprise(x[0])[1], mirostat.surprise(x[1])[2]
    last = limit + rate * (first - target) + rate * (second - target)
    return (first + second) / 2, target + (limit - last) / (2 * rate)


@distribution(source=BASU, given=dict(process=mirostat.mirostat))
def tokens_of_a_surprise_within_the_limit_stay(process: Process):
    r"""$-\log_2 p_i \le \mu$, in bits; and the likeliest token however low the limit."""
    cases = [(w, mu) for w in laws(4, 16) for mu in (0.1, 1.3, 2.3, 3.3)]
    left = [kept(process, w, mu) for w, mu in cases]
    return left, [(np.log2(16 / w) <= mu) | (w == w.max()) for w, mu in cases]


@tokens_of_a_surprise_within_the_limit_stay.mutant
def surprise_is_in_nats(process):
    cases = [(w, mu) for w in laws(4, 16) for mu in (0.1, 1.3, 2.3, 3.3)]
    left = [kept(process, w, mu) for w, mu in cases]
    return left, [(np.log(16 / w) <= mu) | (w == w.max()) for w, mu in cases]


@distribution(source=BASU)
def a_steady_state_has_the_surprise_of_its_target():
    r"""A law of equal tokens, two of whose bits are the target, leaves the limit where it is."""
    moved = [mirostat.steer(5.0, jnp.zeros(4), token, 2.0, 0.25) for token in range(4)]
    return [float(x) for x in moved], [5.0] * 4


@a_steady_state_has_the_surprise_of_its_target.mutant
def a_steady_state_has_a_limit_at_its_target():
    return [float(mirostat.steer(5.0, jnp.zeros(4), token, 2.0, 0.25)) for token in range(4)], [2.0] * 4
