"""The delta rule: a chunk of steps at once."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.definitions import delta_rule, delta_rule_step, retention
from jaxmath.verify.claim import derivative, identity, independence

YANG = "Yang et al. 2024, arXiv:2406.06484"
GATED = "Yang, Kautz & Hatamizadeh 2024, arXiv:2412.06464"
SIZES = dict(n=4, d=2, e=2)
Rows = Float[Array, "n d"]
Values = Float[Array, "n e"]
Each = Float[Array, " n"]


@identity(source=f"{YANG}, section 3: WY and UT forms; {GATED}, for the decay", at=dict(n=3, d=2, e=1))
def the_delta_rule_in_chunks_is_the_delta_rule(q: Rows, k: Rows, v: Values, beta: Each, log_decay: Each):
    r"""One triangular system a chunk, of two or three positions, does what the steps do one by one."""
    found = [kernels.delta_rule(q, k, v, beta, log_decay, chunk=chunk) for chunk in (2, 3)]
    return found, [delta_rule(q, k, v, beta, log_decay)] * 2


@the_delta_rule_in_chunks_is_the_delta_rule.mutant
def the_delta_rule_in_chunks_needs_no_triangular_system(q, k, v, beta, log_decay):
    """Inside a chunk every position corrects the state before the chunk only."""
    return (
        [kernels.retention(q, k, beta[:, None] * v, log_decay, chunk=3)],
        [delta_rule(q, k, v, beta, log_decay)],
    )


@identity(source=f"{YANG}, section 3", at=dict(n=3, d=2, e=1))
def the_delta_rule_goes_on_from_a_state(q: Rows, k: Rows, v: Values, beta: Each, state: Float[Array, "d e"]):
    r"""From any state, a chunk of two positions and one of one give the state and answers of three steps."""
    a, first = kernels.delta_rule_from(state, q[:2], k[:2], v[:2], beta[:2])
    a, last = kernels.delta_rule_from(a, q[2:], k[2:], v[2:], beta[2:])
    s, steps = jax.lax.scan(lambda s, x: delta_rule_step(s, *x), state, (q, k, v, beta))
    return (a, jnp.concatenate([first, last])), (s, steps)


@the_delta_rule_goes_on_from_a_state.mutant
def the_delta_rule_adds_to_a_state(q, k, v, beta, state):
    a, out = kernels.delta_rule_from(0 * state, q, k, v, beta)
    s, steps = jax.lax.scan(lambda s, x: delta_rule_step(s, *x), state, (q, k, v, beta))
    return (a + state, out + q @ state), (s, steps)


@derivative(source="chain rule", at=dict(n=2, d=1, e=1))
def the_delta_rule_in_chunks_has_the_textbook_gradient(
    q: Rows, k: Rows, v: Values, beta: Each, log_decay: Each
):
    r"""Reverse mode through the triangular system gives the pullback of the steps."""

    def pullback(*args):
        *args, dy = args
        return jax.vjp(lambda *x: kernels.delta_rule(*x, chunk=2), *args)[1](dy)

    return delta_rule, pullback


@the_delta_rule_in_chunks_has_the_textbook_gradient.mutant
def the_delta_rule_has_the_gradient_of_retention(q, k, v, beta, log_decay):
    def pullback(*args):
        *args, dy = args
        plain = lambda q, k, v, b, a: retention(q, k, b[:, None] * v, a)  # noqa: E731
        return jax.vjp(plain, *args)[1](dy)

    return delta_rule, pullback


@independence(source=YANG, at=SIZES)
def the_delta_rule_does_not_see_the_future(q: Rows, k: Rows, v: Values, beta: Each):
    r"""The first and third answers do not change with any later query, key, value or rate."""
    i = np.arange(4)
    wide = np.repeat(i[:, None], 2, 1)
    pairs = [(wide == p, dict(q=wide > p, k=wide > p, v=wide > p, beta=i > p)) for p in (0, 2)]
    return kernels.delta_rule(q, k, v, beta, chunk=2), pairs


@the_delta_rule_does_not_see_the_future.mutant
def the_delta_rule_does_not_see_the_past(q, k, v, beta):
    wide = np.repeat(np.arange(4)[:, None], 2, 1)
    return kernels.delta_rule(q, k, v, beta, chunk=2), [(wide == 3, dict(v=wide < 3))]
