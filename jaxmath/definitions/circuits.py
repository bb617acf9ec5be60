r"""Circuits: what a head looks for, what it moves, and what it makes of the heads before it.

Source: Elhage et al., *A mathematical framework for transformer circuits* (2021),
transformer-circuits.pub/2021/framework (QK and OV circuits, composition, copying).
Departs from the source: a token is a row, so that matrices stand to the right and OV circuits are transposed.
Claims: `jaxmath.claims.circuits`.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


class Compositions(NamedTuple):
    """How much of what an earlier head moves enters the queries, keys and values of a later one."""

    q: Float[Array, ""]
    k: Float[Array, ""]
    v: Float[Array, ""]


@checked
def qk_circuit(wq: Float[Array, "d k"], wk: Float[Array, "c k"]) -> Float[Array, "d c"]:
    r"""What a head looks for: $W_Q W_K^\top$; scores are $x\, W_Q W_K^\top z^\top / \sqrt k$."""
    return wq @ wk.T


@checked
def ov_circuit(wv: Float[Array, "c e"], wo: Float[Array, "e d"]) -> Float[Array, "c d"]:
    r"""What a head writes if it attends to a vector: $W_V W_O$."""
    return wv @ wo


@checked
def composition(a: Float[Array, "n d"], b: Float[Array, "d m"]) -> Float[Array, ""]:
    r"""How well two linear maps fit together, $\lVert A B \rVert_F / (\lVert A \rVert_F \lVert B \rVert_F)$.

    One over the root of $d$ if the two have nothing to do with each other.

    >>> print(composition(jnp.array([[1.0, 0.0]]), jnp.array([[2.0], [0.0]])))
    1.0
    """
    return jnp.sqrt(((a @ b) ** 2).sum() / ((a**2).sum() * (b**2).sum()))


@checked
def compositions(
    earlier: Float[Array, "d d"], qk: Float[Array, "d d"], ov: Float[Array, "d d"]
) -> Compositions:
    r"""Q-, K- and V-composition of a head with an earlier one.

    With $O$ the OV circuit of the earlier head, those of $O\, W_{QK}$, $O\, W_{QK}^\top$ and $O\, W_{OV}$.

    Args:
      earlier: OV circuit of the earlier head.
      qk: QK circuit of the later one.
      ov: OV circuit of the later one.
    """
    return Compositions(composition(earlier, qk), composition(earlier, qk.T), composition(earlier, ov))


@checked
def copying_score(ov: Float[Array, "v v"]) -> Float[Array, ""]:
    r"""Whether a head makes more likely what it attends to, $\sum_i \lambda_i / \sum_i |\lambda_i|$.

    Here $\lambda$ are the eigenvalues of its OV circuit between tokens, $W_E W_V W_O W_U$: one if it copies.

    >>> print(copying_score(jnp.array([[2.0, 0.0], [0.0, -1.0]])).round(4))
    0.3333
    """
    return jnp.trace(ov) / jnp.abs(jnp.linalg.eigvals(ov)).sum()
