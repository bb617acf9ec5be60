"""What a head looks for, and what it moves."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import MultiHeadParams, multi_head_attention
from jaxmath.definitions.circuits import copying_score, ov_circuit, qk_circuit
from jaxmath.definitions.softmax import softmax
from jaxmath.verify.claim import distribution, identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
HEADS = dict(n=2, m=3, d=2, c=2, h=2, g=2, k=2, e=2)


def _by_circuits(x: Array, z: Array, params: MultiHeadParams) -> Array:
    """Multi-head attention that is told the circuits only."""
    root = jnp.sqrt(jnp.asarray(params.wq.shape[-1], x.dtype))
    qk, ov = jax.vmap(qk_circuit)(params.wq, params.wk), jax.vmap(ov_circuit)(params.wv, params.wo)
    return sum(softmax(x @ a @ z.T / root) @ z @ b for a, b in zip(qk, ov, strict=True))


@identity(source=f"{ELHAGE}, observations about attention heads", at=HEADS)
def heads_are_known_by_their_circuits(
    x: Float[Array, "n d"], z: Float[Array, "m c"], params: MultiHeadParams
):
    r"""Without biases, only $W_Q W_K^\top$ and $W_V W_O$ of each head enter attention."""
    plain = MultiHeadParams(*params[:4])
    return multi_head_attention(x, z, plain), _by_circuits(x, z, plain)


@heads_are_known_by_their_circuits.mutant
def heads_are_known_by_their_circuits_with_queries_and_keys_exchanged(x, z, params):
    plain = MultiHeadParams(*params[:4])
    return multi_head_attention(x, z, plain), _by_circuits(x, z, plain._replace(wq=plain.wk, wk=plain.wq))


def _determinant(a: Array) -> Array:
    return jnp.cross(a[0], a[1]) @ a[2]


@identity(source=f"{ELHAGE}, rank of circuits", at=dict(d=3, c=3, k=2))
def a_circuit_has_no_greater_rank_than_its_head_is_wide(wq: Float[Array, "d k"], wk: Float[Array, "c k"]):
    r"""The determinant of $W_Q W_K^\top$ in three dimensions is zero for a head of width two."""
    return _determinant(qk_circuit(wq, wk)), jnp.zeros((), wq.dtype)


@a_circuit_has_no_greater_rank_than_its_head_is_wide.mutant
def a_circuit_has_less_rank_than_its_head_is_wide(wq, wk):
    qk = qk_circuit(wq, wk)
    return qk[0, 0] * qk[1, 1] - qk[0, 1] * qk[1, 0], jnp.zeros((), wq.dtype)


# Eigenvectors of the products have condition numbers below 25, for some tens of roundings.
WV = np.array([[1.0, 0.5], [0.25, -1.0], [2.0, 0.0]])
WO = np.array([[0.5, 1.0, 0.25], [-1.0, 0.5, 1.0]])


def _between(wv: np.ndarray, wo: np.ndarray) -> float:
    return float(copying_score(jnp.asarray(wv @ wo)))


@distribution(source="Sylvester: A B and B A share their eigenvalues other than zero", roundings=1000)
def copying_may_be_read_off_in_the_narrow_space_of_the_head():
    r"""$W_V W_O$ between tokens and $W_O W_V$ inside the head have the same copying score."""
    return [_between(WV, WO)], [_between(WO, WV)]


@copying_may_be_read_off_in_the_narrow_space_of_the_head.mutant
def copying_may_be_read_off_the_diagonal():
    circuit = WV @ WO
    return [_between(WV, WO)], [float(np.trace(circuit) / np.abs(np.diag(circuit)).sum())]


@distribution(source=f"{ELHAGE}, copying as positive eigenvalues", roundings=40)
def a_map_that_copies_scores_one_and_one_that_exchanges_scores_nothing():
    r"""A positive diagonal copies; an exchange of two tokens has eigenvalues $1$ and $-1$."""
    maps = (np.diag([1.0, 2.0, 0.5]), np.eye(2)[::-1])
    return [float(copying_score(jnp.asarray(m))) for m in maps], [1.0, 0.0]


@a_map_that_copies_scores_one_and_one_that_exchanges_scores_nothing.mutant
def a_map_that_exchanges_copies():
    return [float(copying_score(jnp.asarray(np.eye(2)[::-1])))], [1.0]
