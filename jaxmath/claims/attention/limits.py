"""Attention: what it cannot do, and how far it can go."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import attention, attention_scores, entropy, rms_norm, softmax
from jaxmath.verify.claim import bound, distribution, identity

Scalar = Float[Array, ""]


def _self_attention(x):
    """Positions of width one that are queries, keys and values."""
    return attention(x[:, None], x[:, None], x[:, None])[:, 0]


@identity(source="Kim, Papamakarios & Mnih 2020, arXiv:2006.04710, theorem 3.1")
def attention_stretches_without_a_bound(c: Scalar):
    r"""At $(0, c, -c)$ it has $\partial a_1 / \partial x_1 = (1 + 2 c^2) / 3$: no constant bounds it."""
    x = jnp.stack([jnp.zeros_like(c), c, -c])
    return jax.jacobian(_self_attention)(x)[0, 0], (1 + 2 * c**2) / 3


@attention_stretches_without_a_bound.mutant
def attention_stretches_no_more_than_a_mean(c):
    x = jnp.stack([jnp.zeros_like(c), c, -c])
    return jax.jacobian(_self_attention)(x)[0, 0], jnp.full_like(c, 1 / 3)


@bound(
    source="Castin, Ablin & Peyre 2023, arXiv:2312.14820, for tokens in a ball",
    box=dict(x=(-1, 1)),
    sharp=None,
    at=dict(n=2),
)
def attention_stretches_little_in_a_ball(x: Float[Array, " n"]):
    r"""$\mathrm{Lip} \le \sqrt 3\, \lVert V \rVert\, (\lVert A \rVert^2 R^4 (4 n + 1) + n)^{1/2}$.

    Here for two tokens of width one in a ball of radius $R = 1$, $V = A = 1$, in the Frobenius norm,
    which is the larger one.
    """
    squares = (jax.jacobian(_self_attention)(x) ** 2).sum()
    return jnp.sqrt(squares), jnp.sqrt(jnp.full_like(squares, 3 * (4 * 2 + 1 + 2)))


@attention_stretches_little_in_a_ball.mutant
def attention_is_a_contraction_in_a_ball(x):
    squares = (jax.jacobian(_self_attention)(x) ** 2).sum()
    return jnp.sqrt(squares), jnp.full_like(squares, 0.9)


@bound(
    source="Zhai et al. 2023, arXiv:2303.06296, theorem 3.1",
    box=dict(angle=(0, 6.2832)),
    slack=0.01,
    sharp=dict(angle=0.0),
)
def entropy_has_a_floor(angle: Scalar):
    r"""Scores of length $\sigma$ leave $H \ge \log(1 + z) + \delta z / (1 + z)$.

    $\delta = \sigma \sqrt{n / (n - 1)}$ and $z = (n - 1) e^{-\delta}$; attained where one score is apart
    from the others. Here for $n = 3$ scores of mean zero and $\sigma = 1$.
    """
    delta = jnp.sqrt(jnp.asarray(1.5, angle.dtype))
    return _two_sides(delta, 2 * jnp.exp(-delta), angle)


@entropy_has_a_floor.mutant
def entropy_has_a_higher_floor(angle):
    delta = jnp.ones_like(angle)
    return _two_sides(delta, 2 * jnp.exp(-delta), angle)


def _two_sides(delta, z, angle):
    """The floor, and the entropy of three scores of length one and mean zero, the first apart at zero."""
    one = jnp.asarray([2, -1, -1], angle.dtype) / jnp.sqrt(jnp.asarray(6, angle.dtype))
    other = jnp.asarray([0, 1, -1], angle.dtype) / jnp.sqrt(jnp.asarray(2, angle.dtype))
    scores = jnp.cos(angle) * one + jnp.sin(angle) * other
    return jnp.log1p(z) + delta * z / (1 + z), entropy(softmax(scores))


@identity(source="Bhojanapalli et al. 2020, arXiv:2002.07028, theorem 1", at=dict(n=3, m=3, d=2))
def scores_have_the_rank_of_a_head(q: Float[Array, "n d"], k: Float[Array, "m d"]):
    r"""$\mathrm{rank}(Q K^\top) \le d$: at width 2 determinants of 3 by 3 scores vanish."""
    return _determinant(attention_scores(q, k)), jnp.zeros(())


@scores_have_the_rank_of_a_head.mutant
def weights_have_the_rank_of_a_head(q, k):
    return _determinant(softmax(attention_scores(q, k))), jnp.zeros(())


def _determinant(x):
    return x[0] @ jnp.cross(x[1], x[2])


@identity(source="Henry et al. 2020, arXiv:2010.04245; Dehghani et al. 2023, arXiv:2302.05442", at=dict(d=2))
def normed_queries_and_keys_bound_scores(q: Float[Array, " d"], k: Float[Array, " d"]):
    r"""After RMS norms $s^2 + a^2 = d$ with the score $s$ and an area $a$, so that $|s| \le \sqrt d$."""
    q, k = (rms_norm(x, eps=0.0) for x in (q, k))
    score = attention_scores(q[None], k[None])[0, 0]
    area = (q[0] * k[1] - q[1] * k[0]) / jnp.sqrt(2)
    return score**2 + area**2, jnp.full((), 2.0)


@normed_queries_and_keys_bound_scores.mutant
def normed_queries_bound_scores(q, k):
    q = rms_norm(q, eps=0.0)
    score = attention_scores(q[None], k[None])[0, 0]
    area = (q[0] * k[1] - q[1] * k[0]) / jnp.sqrt(2)
    return score**2 + area**2, jnp.full((), 2.0)


def _moments(scale):
    """Mean and mean square of scores of all queries and keys of signs, at width 4."""
    signs = jnp.asarray(np.array(list(itertools.product([-1.0, 1.0], repeat=4))))
    scores = attention_scores(signs, signs, scale=scale)
    return {"mean": int(scores.sum()), "variance": int((scores**2).mean())}


@distribution(source="Vaswani et al. 2017, arXiv:1706.03762, section 3.2.1, footnote 4")
def scores_over_the_root_have_the_variance_one():
    r"""Entries of variance one have products of variance $d$, and over $\sqrt d$ of one; signs, $d = 4$."""
    return {"plain": _moments(1.0), "scaled": _moments(None)}, {
        "plain": {"mean": 0, "variance": 4},
        "scaled": {"mean": 0, "variance": 1},
    }


@scores_over_the_root_have_the_variance_one.mutant
def scores_over_the_width_have_the_variance_one():
    return {"scaled": _moments(0.25)}, {"scaled": {"mean": 0, "variance": 1}}
