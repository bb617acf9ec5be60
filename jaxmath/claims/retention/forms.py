"""Retention: three forms of one function, and what its decay does."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.definitions import retention, retention_log_decays, retention_step
from jaxmath.verify.claim import accounting, derivative, identity, independence

SUN = "Sun et al. 2023, arXiv:2307.08621, section 2.1"
SIZES = dict(n=4, d=2, e=2)
Rows = Float[Array, "n d"]
Values = Float[Array, "n e"]


def _recurrent(q, k, v, log_decay):
    empty = jnp.zeros((k.shape[1], v.shape[1]), v.dtype)
    return jax.lax.scan(lambda s, x: retention_step(s, *x), empty, (q, k, v, log_decay))


@identity(source=f"{SUN}, equations of the parallel and the recurrent form", at=SIZES)
def retention_is_recurrent(q: Rows, k: Rows, v: Values, log_decay: Float[Array, " n"]):
    r"""The masked parallel form is what a state says, kept by $S' = e^\alpha S + k v^\top$."""
    return retention(q, k, v, log_decay), _recurrent(q, k, v, log_decay)[1]


@retention_is_recurrent.mutant
def retention_forgets_before_it_is_asked(q, k, v, log_decay):
    """Position $j$ has faded by its own decay too: an index off by one."""

    def step(s, x):
        q, k, v, a = x
        s = jnp.exp(a) * (s + jnp.outer(k, v))
        return s, q @ s

    empty = jnp.zeros((k.shape[1], v.shape[1]), v.dtype)
    return retention(q, k, v, log_decay), jax.lax.scan(step, empty, (q, k, v, log_decay))[1]


@identity(source=f"{SUN}, chunkwise form", at=SIZES)
def retention_in_chunks_is_retention(q: Rows, k: Rows, v: Values, log_decay: Float[Array, " n"]):
    r"""Chunks of 1 or 3 positions, the second of which is filled up with zeros, change nothing."""
    found = [kernels.retention(q, k, v, log_decay, chunk=chunk) for chunk in (1, 3)]
    return found, [retention(q, k, v, log_decay)] * 2


@retention_in_chunks_is_retention.mutant
def retention_in_separate_chunks_is_retention(q, k, v, log_decay):
    parts = [kernels.retention(q[s], k[s], v[s], log_decay[s]) for s in (slice(2), slice(2, None))]
    return [jnp.concatenate(parts)], [retention(q, k, v, log_decay)]


@identity(source=f"{SUN}, recurrent form", at=SIZES)
def the_kernel_goes_on_from_a_state(
    q: Rows, k: Rows, v: Values, log_decay: Float[Array, " n"], state: Float[Array, "d e"]
):
    r"""From any state, three positions in a chunk and then one alone are four steps."""
    a, first = kernels.retention_from(state, q[:3], k[:3], v[:3], log_decay[:3])
    a, last = kernels.retention_from(a, q[3:], k[3:], v[3:], log_decay[3:])
    s, steps = jax.lax.scan(lambda s, x: retention_step(s, *x), state, (q, k, v, log_decay))
    return (a, jnp.concatenate([first, last])), (s, steps)


@the_kernel_goes_on_from_a_state.mutant
def the_kernel_goes_on_from_a_state_that_does_not_fade(q, k, v, log_decay, state):
    a, out = kernels.retention_from(state, q, k, v, log_decay)
    s, steps = jax.lax.scan(lambda s, x: retention_step(s, *x), 0 * state, (q, k, v, log_decay))
    return (a, out), (s + state, steps + q @ state)


@derivative(source="chain rule", at=dict(n=3, d=1, e=1))
def retention_in_chunks_has_the_textbook_gradient(q: Rows, k: Rows, v: Values, log_decay: Float[Array, " n"]):
    r"""Reverse mode through chunks of two gives the pullback of the definition."""

    def pullback(*args):
        *args, dy = args
        return jax.vjp(lambda *x: kernels.retention(*x, chunk=2), *args)[1](dy)

    return retention, pullback


@retention_in_chunks_has_the_textbook_gradient.mutant
def retention_has_no_gradient_through_its_decay(q, k, v, log_decay):
    def pullback(*args):
        *args, dy = args
        still = jax.lax.stop_gradient
        return jax.vjp(lambda q, k, v, a: kernels.retention(q, k, v, still(a), chunk=2), *args)[1](dy)

    return retention, pullback


@independence(source=SUN, at=SIZES)
def retention_does_not_see_the_future(q: Rows, k: Rows, v: Values, log_decay: Float[Array, " n"]):
    r"""Answer $i$ does not change with any query, key, value or decay of a position $j > i$."""
    i = np.arange(4)
    ahead = [({"q": i > p, "k": i > p, "v": i > p, "log_decay": i > p}, i == p) for p in range(3)]
    wide = [
        (
            np.repeat(at[:, None], 2, 1),
            {x: m if x == "log_decay" else np.repeat(m[:, None], 2, 1) for x, m in later.items()},
        )
        for later, at in ahead
    ]
    return kernels.retention(q, k, v, log_decay, chunk=2), wide


@retention_does_not_see_the_future.mutant
def retention_does_not_see_the_past(q, k, v, log_decay):
    i = np.repeat(np.arange(4)[:, None], 2, 1)
    return kernels.retention(q, k, v, log_decay, chunk=2), [(i == 3, {"v": i < 3})]


@identity(source=f"{SUN}: one decay a head", at=SIZES)
def a_steady_decay_counts_the_distance(q: Rows, k: Rows, v: Values, a: Float[Array, ""]):
    r"""With $e^{\alpha_i} = \gamma$, $o_i = \sum_{j \le i} \gamma^{i - j} (q_i \cdot k_j)\, v_j$."""
    gamma = jnp.exp(a)
    rows = [sum(gamma ** (i - j) * (q[i] @ k[j]) * v[j] for j in range(i + 1)) for i in range(4)]
    return retention(q, k, v, jnp.broadcast_to(a, (4,))), jnp.stack(rows)


@a_steady_decay_counts_the_distance.mutant
def a_steady_decay_counts_the_place(q, k, v, a):
    gamma = jnp.exp(a)
    rows = [sum(gamma**j * (q[i] @ k[j]) * v[j] for j in range(i + 1)) for i in range(4)]
    return retention(q, k, v, jnp.broadcast_to(a, (4,))), jnp.stack(rows)


@accounting(source=f"{SUN}, gamma = 1 - 2^(-5 - arange(0, h)): heads remember 32, 64, 128 and 256 positions")
def heads_of_retention_remember_powers_of_two():
    r"""$1 / (1 - \gamma_h) = 2^{5 + h}$ positions on average."""
    spans = 1 / -np.expm1(np.asarray(retention_log_decays(4), np.float64))
    return tuple(round(x) for x in spans.tolist()), (32, 64, 128, 256)


@heads_of_retention_remember_powers_of_two.mutant
def heads_of_retention_remember_alike():
    spans = 1 / -np.expm1(np.asarray(retention_log_decays(4), np.float64))
    return tuple(round(x) for x in spans.tolist()), (32, 32, 32, 32)
