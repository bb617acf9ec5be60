"""Optax: Adafactor, clipping, moving averages and adaptive steps with other roots."""

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import Grads, Scalar, Theta, after, documented
from jaxmath.verify.claim import identity

_SIZES = dict(t=3, n=2, m=3)
Matrix = Float[Array, "n m"]
Rows = Float[Array, " n"]
Columns = Float[Array, " m"]


@identity(source=documented("scale_by_factored_rms"), at=_SIZES)
def adafactor_keeps_means_of_rows_and_columns(
    theta: Matrix, grad: Matrix, row: Rows, col: Columns, exponent: Scalar, eps: Scalar
):
    r"""The second step, from any state, is $g$ over the root of $r c^\top / \bar r$, decay $1 - 2^{-x}$."""
    state = optax.FactoredState(count=jnp.array(1), v_row=row, v_col=col, v=jnp.zeros(1))
    transform = optax.scale_by_factored_rms(decay_rate=exponent, min_dim_size_to_factor=2, epsilon=eps)
    update, state = transform.update(grad, state, theta)
    decay = definitions.adafactor_decay(2, exponent)
    return (update, state.v_row, state.v_col), definitions.factored_rms(grad, row, col, decay, eps)


@adafactor_keeps_means_of_rows_and_columns.mutant
def adafactor_keeps_means_with_the_decay_of_the_step_before(theta, grad, row, col, exponent, eps):
    state = optax.FactoredState(count=jnp.array(1), v_row=row, v_col=col, v=jnp.zeros(1))
    transform = optax.scale_by_factored_rms(decay_rate=exponent, min_dim_size_to_factor=2, epsilon=eps)
    update, state = transform.update(grad, state, theta)
    decay = definitions.adafactor_decay(1, exponent)
    return (update, state.v_row, state.v_col), definitions.factored_rms(grad, row, col, decay, eps)


@identity(source=documented("clip_by_block_rms"), at=_SIZES)
def clipping_by_block_rms_is_that_of_adafactor(update: Matrix, limit: Scalar):
    r"""$u / \max(1, \mathrm{rms}(u) / d)$."""
    rms = jnp.sqrt((update**2).mean())
    out = optax.clip_by_block_rms(limit).update(update, optax.EmptyState())[0]
    return out, update / jnp.maximum(1, rms / limit)


@clipping_by_block_rms_is_that_of_adafactor.mutant
def clipping_by_block_rms_is_by_the_norm(update, limit):
    norm = jnp.sqrt((update**2).sum())
    out = optax.clip_by_block_rms(limit).update(update, optax.EmptyState())[0]
    return out, update / jnp.maximum(1, norm / limit)


def _adafactor(theta, grad, lr, **options):
    return after(optax.adafactor(lr, min_dim_size_to_factor=2, **options), theta, [grad])


@identity(source=documented("adafactor, argument multiply_by_parameter_scale"), at=_SIZES)
def adafactor_steps_in_proportion_to_the_parameters(theta: Matrix, grad: Matrix, lr: Scalar):
    r"""The step is $\eta \max(10^{-3}, \mathrm{rms}\, \theta)$ times an update clipped at 1."""
    update = _adafactor(theta, grad, 1.0, multiply_by_parameter_scale=False) - theta
    size = jnp.maximum(1e-3, jnp.sqrt((theta**2).mean()))
    return _adafactor(theta, grad, lr), theta + lr * size * update


@adafactor_steps_in_proportion_to_the_parameters.mutant
def adafactor_steps_without_a_least_size(theta, grad, lr):
    update = _adafactor(theta, grad, 1.0, multiply_by_parameter_scale=False) - theta
    return _adafactor(theta, grad, lr), theta + lr * jnp.sqrt((theta**2).mean()) * update


@identity(source=documented("clip_by_global_norm"), at=_SIZES)
def clipping_by_global_norm_shortens_what_is_too_long(a: Theta, b: Matrix, limit: Scalar):
    r"""All arrays together are shortened to the limit, if longer: $g' = g \min(1, c / \lVert g \rVert)$."""
    out = optax.clip_by_global_norm(limit).update((a, b), optax.EmptyState())[0]
    return out, definitions.clip_by_global_norm((a, b), limit)


@clipping_by_global_norm_shortens_what_is_too_long.mutant
def clipping_by_global_norm_shortens_each_array_by_itself(a, b, limit):
    out = optax.clip_by_global_norm(limit).update((a, b), optax.EmptyState())[0]
    return out, tuple(definitions.clip_by_global_norm(x, limit) for x in (a, b))


@identity(source=documented("tree.norm"), at=_SIZES)
def global_norm_is_the_root_of_all_squares(a: Theta, b: Matrix):
    r"""`tree.norm` is the Euclidean norm of all entries of all arrays."""
    return optax.tree.norm((a, b)), definitions.global_norm((a, b))


@global_norm_is_the_root_of_all_squares.mutant
def global_norm_is_the_sum_of_norms(a, b):
    return optax.tree.norm((a, b)), definitions.global_norm(a) + definitions.global_norm(b)


def _averaged(grads, decay):
    average, state = optax.ema(decay), optax.ema(decay).init(grads[0])
    with jax.numpy_dtype_promotion("standard"):
        for grad in grads:
            out, state = average.update(grad, state)
    return out


@identity(source=documented("ema"), at=_SIZES)
def moving_average_is_freed_of_its_bias(grads: Grads, decay: Scalar):
    r"""After three steps `ema` gives $\frac{1 - \beta}{1 - \beta^3} \sum_i \beta^{3 - i} g_i$."""
    weighted = decay**2 * grads[0] + decay * grads[1] + grads[2]
    return _averaged(grads, decay), (1 - decay) / (1 - decay**3) * weighted


@moving_average_is_freed_of_its_bias.mutant
def moving_average_begins_with_zero(grads, decay):
    return _averaged(grads, decay), (1 - decay) * (decay**2 * grads[0] + decay * grads[1] + grads[2])


@identity(source=documented("incremental_update"), at=_SIZES)
def incremental_update_takes_its_step_towards_the_new(new: Theta, old: Theta, step: Scalar):
    r"""It is $s\, \theta + (1 - s)\, \theta'$ of new and old parameters, in this order."""
    return optax.incremental_update(new, old, step), old + step * (new - old)


@incremental_update_takes_its_step_towards_the_new.mutant
def incremental_update_keeps_its_step_of_the_old(new, old, step):
    return optax.incremental_update(new, old, step), new + step * (old - new)


@identity(source=documented("rmsprop, argument eps_in_sqrt"), at=_SIZES)
def rmsprop_has_its_epsilon_inside_the_root(
    theta: Theta, grads: Grads, lr: Scalar, decay: Scalar, eps: Scalar
):
    r"""`rmsprop` divides by $\sqrt{v + \epsilon}$; Adam has its epsilon outside the root."""
    start, v = theta, jnp.zeros_like(theta)
    for grad in grads:
        v = decay * v + (1 - decay) * grad**2
        theta = theta - lr * grad / jnp.sqrt(v + eps)
    return after(optax.rmsprop(lr, decay, eps), start, grads), theta


@rmsprop_has_its_epsilon_inside_the_root.mutant
def rmsprop_has_its_epsilon_outside_the_root(theta, grads, lr, decay, eps):
    start, v = theta, jnp.zeros_like(theta)
    for grad in grads:
        v = decay * v + (1 - decay) * grad**2
        theta = theta - lr * grad / (jnp.sqrt(v) + eps)
    return after(optax.rmsprop(lr, decay, eps), start, grads), theta
