"""The delta rule: what a step does."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import delta_rule, delta_rule_step, retention, retention_step
from jaxmath.verify.claim import identity

YANG = "Yang et al. 2024, arXiv:2406.06484"
SCHLAG = "Schlag, Irie & Schmidhuber 2021, arXiv:2102.11174"
STEP = dict(d=2, e=2)


@identity(source=f"{YANG}, section 2.2: one step of descent on half the squared error", at=STEP)
def a_step_of_the_delta_rule_is_a_step_of_descent(
    state: Float[Array, "d e"], k: Float[Array, " d"], v: Float[Array, " e"], beta: Float[Array, ""]
):
    r"""$S' = S - \beta\, \nabla_S\, \tfrac12 \lVert S^\top k - v \rVert^2$."""
    gradient = jax.grad(lambda s: ((k @ s - v) ** 2).sum() / 2)(state)
    return delta_rule_step(state, k, k, v, beta)[0], state - beta * gradient


@a_step_of_the_delta_rule_is_a_step_of_descent.mutant
def a_step_of_the_delta_rule_is_a_step_of_descent_on_the_squared_error(state, k, v, beta):
    gradient = jax.grad(lambda s: ((k @ s - v) ** 2).sum())(state)
    return delta_rule_step(state, k, k, v, beta)[0], state - beta * gradient


@identity(source="descent on a linear function", at=STEP)
def a_step_of_retention_is_descent_on_a_product(
    state: Float[Array, "d e"], k: Float[Array, " d"], v: Float[Array, " e"]
):
    r"""Without a decay, $S' = S - \nabla_S\, (-\langle S^\top k, v \rangle)$: errors do not enter."""
    gradient = jax.grad(lambda s: -(k @ s) @ v)(state)
    return retention_step(state, k, k, v, 0.0)[0], state - gradient


@a_step_of_retention_is_descent_on_a_product.mutant
def a_step_of_retention_is_descent_on_the_error(state, k, v):
    gradient = jax.grad(lambda s: ((k @ s - v) ** 2).sum() / 2)(state)
    return retention_step(state, k, k, v, 0.0)[0], state - gradient


@identity(source=f"{SCHLAG}, section 4.2", at=STEP)
def a_key_of_length_one_is_answered_with_its_value(
    state: Float[Array, "d e"], x: Float[Array, " d"], v: Float[Array, " e"]
):
    r"""$\lVert k \rVert = 1$ and $\beta = 1$ give $S'^\top k = v$, whatever the state held before."""
    k = x / jnp.sqrt((x**2).sum())
    return delta_rule_step(state, k, k, v, 1.0)[1], v


@a_key_of_length_one_is_answered_with_its_value.mutant
def a_sum_answers_a_key_of_length_one_with_its_value(state, x, v):
    k = x / jnp.sqrt((x**2).sum())
    return retention_step(state, k, k, v, 0.0)[1], v


@identity(source=f"{SCHLAG}, section 4.2", at=dict(d=2, e=2))
def what_is_orthogonal_to_a_key_is_kept(
    state: Float[Array, "d e"], k: Float[Array, " d"], v: Float[Array, " e"], beta: Float[Array, ""]
):
    r"""$S'^\top q = S^\top q$ where $q \perp k$."""
    q = jnp.stack([-k[1], k[0]])
    return delta_rule_step(state, q, k, v, beta)[1], q @ state


@what_is_orthogonal_to_a_key_is_kept.mutant
def what_is_orthogonal_to_a_key_is_kept_under_a_decay(state, k, v, beta):
    q = jnp.stack([-k[1], k[0]])
    return delta_rule_step(state, q, k, v, beta, jnp.log(0.5))[1], q @ state


@identity(source=f"{SCHLAG}, section 4.2", at=STEP)
def the_rate_mixes_old_and_new_values(
    state: Float[Array, "d e"], x: Float[Array, " d"], v: Float[Array, " e"], beta: Float[Array, ""]
):
    r"""$S'^\top k = (1 - \beta)\, S^\top k + \beta v$ for a key of length one."""
    k = x / jnp.sqrt((x**2).sum())
    return delta_rule_step(state, k, k, v, beta)[1], (1 - beta) * (k @ state) + beta * v


@the_rate_mixes_old_and_new_values.mutant
def the_rate_mixes_old_and_new_values_of_any_key(state, x, v, beta):
    return delta_rule_step(state, x, x, v, beta)[1], (1 - beta) * (x @ state) + beta * v


@identity(source=f"{YANG}: keys that are orthogonal are not corrected", at=dict(e=2))
def orthogonal_keys_make_it_retention(
    q: Float[Array, "2 2"], v: Float[Array, "2 e"], beta: Float[Array, "2"]
):
    r"""Keys at right angles never disturb each other: it is retention of $\beta v$ without decay."""
    k = jnp.eye(2)
    return delta_rule(q, k, v, beta), retention(q, k, beta[:, None] * v, jnp.zeros(2))


@orthogonal_keys_make_it_retention.mutant
def equal_keys_make_it_retention(q, v, beta):
    k = jnp.ones((2, 2))
    return delta_rule(q, k, v, beta), retention(q, k, beta[:, None] * v, jnp.zeros(2))
