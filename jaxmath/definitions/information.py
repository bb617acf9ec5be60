r"""Entropy, and how far one distribution is from another, in nats.

Source: Cover & Thomas, *Elements of Information Theory*, 2nd ed. (2006), chapter 2 and (11.131);
Lin, *Divergence measures based on the Shannon entropy* (1991), eq. (4.1) at equal weights (Jensen-Shannon);
van Erven & Harremoës, *Rényi divergence and Kullback-Leibler divergence* (2014), arXiv:1206.2459, eq. (1).
Claims: `jaxmath.claims.information`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


def entropy(p: Float[Array, "*shape n"]) -> Float[Array, "*shape"]:
    r"""Shannon entropy, $H(p) = -\sum_i p_i \log p_i$, with $0 \log 0 = 0$.

    >>> print(entropy(jnp.array([0.5, 0.5, 0.0])) / jnp.log(2.0))
    1.0
    """
    return -_times_log(p, p).sum(-1)


@checked
def cross_entropy(p: Float[Array, "*shape n"], q: Float[Array, "*shape n"]) -> Float[Array, "*shape"]:
    r"""Cross-entropy, $H(p, q) = -\sum_i p_i \log q_i$, with $0 \log 0 = 0$.

    >>> print(cross_entropy(jnp.array([1.0, 0.0]), jnp.array([0.5, 0.5])) / jnp.log(2.0))
    1.0
    """
    return -_times_log(p, q).sum(-1)


@checked
def kl(p: Float[Array, "*shape n"], q: Float[Array, "*shape n"]) -> Float[Array, "*shape"]:
    r"""Kullback-Leibler divergence, $D(p \Vert q) = \sum_i p_i (\log p_i - \log q_i)$.

    Infinite where $q$ forbids what $p$ allows.

    >>> print(kl(jnp.array([1.0, 0.0]), jnp.array([0.25, 0.75])) / jnp.log(2.0))
    2.0
    """
    return (_times_log(p, p) - _times_log(p, q)).sum(-1)


@checked
def js(p: Float[Array, "*shape n"], q: Float[Array, "*shape n"]) -> Float[Array, "*shape"]:
    r"""Jensen-Shannon divergence, $\tfrac12 D(p \Vert m) + \tfrac12 D(q \Vert m)$, $m = \tfrac12 (p + q)$.

    >>> print(js(jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0])) / jnp.log(2.0))
    1.0
    """
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


@checked
def renyi(p: Float[Array, "*shape n"], q: Float[Array, "*shape n"], alpha: Scalar) -> Float[Array, "*shape"]:
    r"""Rényi divergence of order $\alpha > 0$, $\alpha \ne 1$.

    $$ D_\alpha(p \Vert q) = \frac{1}{\alpha - 1} \log \sum_{i : p_i > 0} p_i^\alpha q_i^{1 - \alpha} $$

    >>> print(renyi(jnp.array([1.0, 0.0]), jnp.array([0.25, 0.75]), 2.0) / jnp.log(2.0))
    2.0
    """
    zero = p == 0
    terms = jnp.where(zero, 1, p) ** alpha * jnp.where(zero, 1, q) ** (1 - alpha)
    return jnp.log(jnp.where(zero, 0, terms).sum(-1)) / (alpha - 1)


@checked
def total_variation(p: Float[Array, "*shape n"], q: Float[Array, "*shape n"]) -> Float[Array, "*shape"]:
    r"""Total variation distance, $\tfrac12 \sum_i \lvert p_i - q_i \rvert$.

    >>> print(total_variation(jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])))
    0.25
    """
    return jnp.abs(p - q).sum(-1) / 2


def _times_log(p: Array, q: Array) -> Array:
    """The product of `p` and log `q`; zero, with zero derivative, where `p` is zero."""
    zero = p == 0
    return jnp.where(zero, 0, p * jnp.log(jnp.where(zero, 1, q)))
