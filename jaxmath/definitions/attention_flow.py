r"""Attention flow: how much could have come from each input at most.

Source: Abnar & Zuidema, *Quantifying attention flow in transformers* (2020), arXiv:2005.00928;
Edmonds & Karp, *Theoretical improvements in algorithmic efficiency for network flow problems* (1972).
Claims: `jaxmath.claims.attention_flow`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.rollout import with_residual
from jaxmath.notation import checked


@checked
def maximum_flow(
    capacity: Float[Array, "n n"], source: Int[Array, ""] | int, sink: Int[Array, ""] | int
) -> Float[Array, ""]:
    r"""The most that can flow from one node to another, through shortest paths with room left.

    Args:
      capacity: `capacity[i, j]` of the edge from `i` to `j`, not negative.
      source: where the flow begins.
      sink: where it ends; another node.

    >>> print(maximum_flow(jnp.array([[0.0, 3.0, 1.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]]), 0, 2))
    3.0
    """

    def augment(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        room, flow, path = state
        amount = jnp.where(path, room, jnp.inf).min()
        along = path.astype(room.dtype) * amount
        room = room - along + along.T
        return room, flow + amount, _shortest_path(room, source, sink)

    start = capacity, jnp.zeros((), capacity.dtype), _shortest_path(capacity, source, sink)
    return jax.lax.while_loop(lambda state: state[2].any(), augment, start)[1]


@checked
def attention_flow(weights: Float[Array, "l n n"], residual: Scalar = 0.5) -> Float[Array, "n n"]:
    r"""Entry $i, j$ is the maximum flow from position $i$ above the last layer to input $j$.

    Edges are attention weights that share with the residual stream, as in `attention_rollout`, one layer of
    nodes above the other. Rows do not add up to one: every input is asked about on its own.

    Args:
      weights: layer by layer, the mean over heads.
      residual: what passes a layer unchanged.

    >>> print(attention_flow(jnp.array([[[1.0, 0.0], [1.0, 0.0]]] * 2)))
    [[1.  0. ]
     [1.  0.5]]
    """
    layers, n, _ = weights.shape
    edges = with_residual(weights, residual)
    size = (layers + 1) * n
    capacity = jnp.zeros((size, size), weights.dtype)
    for i in range(layers):
        capacity = capacity.at[(i + 1) * n : (i + 2) * n, i * n : (i + 1) * n].set(edges[i])
    to_all = jax.vmap(lambda i, j: maximum_flow(capacity, i, j), (None, 0))
    return jax.vmap(to_all, (0, None))(layers * n + jnp.arange(n), jnp.arange(n))


def _shortest_path(room: Array, source: Array | int, sink: Array | int) -> Bool[Array, "n n"]:
    """The edges of a shortest path with room left; none if there is no path."""
    n = room.shape[0]
    nodes = jnp.arange(n)

    def widen(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        seen, before, _ = state
        edges = seen[:, None] & (room > 0)
        new = edges.any(0) & ~seen
        return seen | new, jnp.where(new, edges.argmax(0), before), new.any()

    start = nodes == source, jnp.full(n, -1), jnp.array(True)
    seen, before, _ = jax.lax.while_loop(lambda x: x[2] & ~x[0][sink], widen, start)

    def back(state: tuple[Array, Array]) -> tuple[Array, Array]:
        path, node = state
        return path.at[before[node], node].set(True), before[node]

    empty = jnp.zeros((n, n), bool), jnp.where(seen[sink], jnp.asarray(sink, before.dtype), source)
    return jax.lax.while_loop(lambda x: x[1] != source, back, empty)[0]
