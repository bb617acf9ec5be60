"""Newton-Schulz: what the polar factor is good for."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.newton_schulz._rotations import turn
from jaxmath.definitions import orthogonalised
from jaxmath.verify.claim import identity

JORDAN = "Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks"
Scalar = Float[Array, ""]


@identity(source="von Neumann 1937; Bernstein & Newhouse 2024, arXiv:2409.20325, proposition 5", at=dict(n=2))
def the_polar_factor_earns_the_nuclear_norm(s: Float[Array, " n"], u: Scalar, v: Scalar):
    r"""$\langle G, U V^\top \rangle = \sum_i s_i$ for $G = U \mathrm{diag}(s) V^\top$."""
    g = turn(u) @ jnp.diag(s) @ turn(v).T
    return (g * (turn(u) @ turn(v).T)).sum(), s.sum()


@the_polar_factor_earns_the_nuclear_norm.mutant
def the_gradient_itself_earns_the_nuclear_norm(s, u, v):
    g = turn(u) @ jnp.diag(s) @ turn(v).T
    return (g * g).sum(), s.sum()


@identity(source="Gupta, Koren & Singer 2018, arXiv:1802.09568; one step without accumulation", at=dict(n=2))
def one_step_of_shampoo_is_the_polar_factor(s: Float[Array, " n"], u: Scalar, v: Scalar):
    r"""$(G G^\top)^{-1/4} G (G^\top G)^{-1/4} = U V^\top$, roots by singular values."""
    u, v, root = turn(u), turn(v), jnp.sqrt(s)
    g = u @ jnp.diag(s) @ v.T
    left, right = u @ jnp.diag(1 / root) @ u.T, v @ jnp.diag(1 / root) @ v.T
    fourth = (left @ left @ left @ left) @ (g @ g.T)
    return (left @ g @ right, fourth), (u @ v.T, jnp.eye(2))


@one_step_of_shampoo_is_the_polar_factor.mutant
def one_step_of_shampoo_with_square_roots_is_the_polar_factor(s, u, v):
    u, v = turn(u), turn(v)
    g = u @ jnp.diag(s) @ v.T
    return u @ jnp.diag(1 / s) @ u.T @ g @ v @ jnp.diag(1 / s) @ v.T, u @ v.T


@identity(source=f"{JORDAN}: the gradient is divided by its Frobenius norm", at=dict(n=2, m=2))
def orthogonalising_ignores_a_scale(x: Float[Array, "n m"], c: Scalar):
    r"""$O(c^2 X) = O(X)$ at $\epsilon = 0$, after two steps."""
    return orthogonalised(c**2 * x, 2, eps=0.0), orthogonalised(x, 2, eps=0.0)


@orthogonalising_ignores_a_scale.mutant
def orthogonalising_keeps_a_scale(x, c):
    return orthogonalised(c**2 * x, 2, eps=0.0), c**2 * orthogonalised(x, 2, eps=0.0)
