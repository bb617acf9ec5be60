"""What is true of modern Hopfield networks."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import attention, hopfield_energy, hopfield_step
from jaxmath.verify.claim import bound, identity

RAMSAUER = "Ramsauer et al. 2020, arXiv:2008.02217"
Scalar = Float[Array, ""]
# Patterns of width one; the second is the longest.
PATTERNS = np.array([[0.5], [-1.0]], np.float32)


@identity(source=f"{RAMSAUER}, eq. (10)", at=dict(m=3, d=2))
def a_step_of_retrieval_is_attention(x: Float[Array, "m d"], state: Float[Array, " d"], beta: Scalar):
    r"""The state asks, patterns are keys and values, and $\beta$ is the scale."""
    return hopfield_step(x, state, beta), attention(state[None], x, x, scale=beta)[0]


@a_step_of_retrieval_is_attention.mutant
def a_step_of_retrieval_is_attention_at_the_usual_scale(x, state, beta):
    return hopfield_step(x, state, beta), attention(state[None], x, x)[0]


@identity(source=f"{RAMSAUER}, theorem 1 (concave-convex procedure)", at=dict(m=3, d=2))
def a_step_of_retrieval_goes_down_the_gradient(
    x: Float[Array, "m d"], state: Float[Array, " d"], beta: Scalar
):
    r"""$\xi' = \xi - \nabla E(\xi)$: descent with a step of one."""
    return hopfield_step(x, state, beta), state - jax.grad(hopfield_energy, 1)(x, state, beta)


@a_step_of_retrieval_goes_down_the_gradient.mutant
def a_step_of_retrieval_goes_half_way_down_the_gradient(x, state, beta):
    return hopfield_step(x, state, beta), state - jax.grad(hopfield_energy, 1)(x, state, beta) / 2


@bound(
    source=f"{RAMSAUER}, theorem 1",
    box=dict(state=(-1.5, 1.5), beta=(1, 1.5)),
    slack=0.02,
    sharp=None,
    given=dict(patterns=PATTERNS),
)
def a_step_of_retrieval_does_not_raise_the_energy(state: Scalar, beta: Scalar, patterns):
    r"""$E(\xi') \le E(\xi)$; here for the patterns $1/2$ and $-1$."""
    state = state[None]
    patterns = jnp.asarray(patterns, state.dtype)
    after = hopfield_energy(patterns, hopfield_step(patterns, state, beta), beta)
    return after, hopfield_energy(patterns, state, beta)


@a_step_of_retrieval_does_not_raise_the_energy.mutant
def a_step_the_other_way_does_not_raise_the_energy(state, beta, patterns):
    state = state[None]
    patterns = jnp.asarray(patterns, state.dtype)
    far = 2 * state - hopfield_step(patterns, state, beta)
    return hopfield_energy(patterns, far, beta), hopfield_energy(patterns, state, beta)


@bound(
    source=f"{RAMSAUER}, appendix, bounds of the energy",
    box=dict(state=(-1, 1), beta=(0.5, 2)),
    slack=1e-3,
    sharp=None,
    given=dict(patterns=PATTERNS),
)
def the_energy_lies_between_zero_and_twice_the_squared_length(state: Scalar, beta: Scalar, patterns):
    r"""$0 \le E(\xi) \le 2 M^2$ for $\lVert \xi \rVert \le M = \max_j \lVert x_j \rVert$, here 1."""
    energy = hopfield_energy(jnp.asarray(patterns, state.dtype), state[None], beta)
    return (jnp.zeros_like(state), energy), (energy, jnp.full_like(state, 2))


@the_energy_lies_between_zero_and_twice_the_squared_length.mutant
def the_energy_lies_between_zero_and_half_the_squared_length(state, beta, patterns):
    energy = hopfield_energy(jnp.asarray(patterns, state.dtype), state[None], beta)
    return (jnp.zeros_like(state), energy), (energy, jnp.full_like(state, 0.5))


@bound(
    source=f"{RAMSAUER}, theorem 4: retrieval errors fall exponentially with the separation",
    box=dict(state=(0, 1), beta=(0.5, 4)),
    slack=1e-3,
    sharp=dict(state=1.0, beta=4.0),
    given=dict(patterns=PATTERNS),
)
def retrieval_errors_fall_exponentially(state: Scalar, beta: Scalar, patterns):
    r"""$\lVert \xi' - x_i \rVert \le (m - 1)\, \mathrm{diam}(X)\, e^{-\beta \Delta}$.

    $\Delta = \min_j (x_i - x_j) \cdot \xi$ says how well the state tells the pattern from the others.
    """
    patterns = jnp.asarray(patterns, state.dtype)
    error = jnp.abs(hopfield_step(patterns, state[None], beta) - patterns[0])[0]
    return error, 1.5 * jnp.exp(-beta * (patterns[0, 0] - patterns[1, 0]) * state)


@retrieval_errors_fall_exponentially.mutant
def retrieval_errors_fall_twice_as_fast(state, beta, patterns):
    patterns = jnp.asarray(patterns, state.dtype)
    error = jnp.abs(hopfield_step(patterns, state[None], beta) - patterns[0])[0]
    return error, 1.5 * jnp.exp(-2 * beta * (patterns[0, 0] - patterns[1, 0]) * state)
