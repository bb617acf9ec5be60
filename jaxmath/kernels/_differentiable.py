r"""Derivatives of every order, in both modes, from two hand-written rules.

A kernel that is a loop cannot be differentiated in reverse mode without storing every
step. Here it need not be. Let $f$ be the kernel, and write

$$ P_k(x; v_1 \dots v_k) = D^k f(x)[v_1, \dots, v_k], \qquad
   Q_k(x; v_1 \dots v_k; w) = \nabla_x \langle w, P_k(x; v_1 \dots v_k) \rangle. $$

$P_0 = f$; $P_1$ is its pushforward (JVP), $Q_0$ its pullback (VJP). Since higher
derivatives are symmetric, the two families are closed under differentiation and transposition:

$$ \begin{aligned}
   \partial_x P_k \cdot x' &= P_{k+1}(x; v, x'), & \text{transpose of } P_k \text{ in } v_i
       &: w \mapsto Q_{k-1}(x; v_{\ne i}; w), \\
   \partial_x Q_k \cdot x' &= Q_{k+1}(x; v, x'; w), & \text{transpose of } Q_k \text{ in } w
       &: u \mapsto P_{k+1}(x; v, u), \\
   & & \text{transpose of } Q_k \text{ in } v_i &: u \mapsto Q_k(x; v_{\ne i}, u; w).
   \end{aligned} $$

$P_{k+1}$ and $Q_{k+1}$ are computed by differentiating $P_k$ and $Q_k$ in *forward* mode, which
any loop allows, in memory that is a multiple of the kernel's own. So what a kernel must bring is a
pullback, and, where it pays, a pushforward; `grad`, `jvp`, `linearize`, `vmap`, Hessian-vector
products and everything beyond follow.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxmath.kernels._families import bind_value
from jaxmath.kernels._kernel import Arrays, Direction, Kernel, Present
from jaxmath.kernels._sharding import varying_alike

__all__ = ["Arrays", "Direction", "Kernel", "Present", "differentiable"]


def differentiable(kernel: Kernel) -> Callable[..., Arrays]:
    """The kernel's `forward`, as a function that JAX can transform in every way and to any order."""

    def apply(*args: jax.Array) -> Arrays:
        return tuple(bind_value(kernel, varying_alike([jnp.asarray(x) for x in args])))

    return apply
