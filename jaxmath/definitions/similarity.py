r"""Centred kernel alignment: how alike two representations of the same items are.

Source: Kornblith et al., *Similarity of neural network representations revisited* (2019), arXiv:1905.00414,
section 3; Gretton et al., *Measuring statistical dependence with Hilbert-Schmidt norms* (2005) (HSIC).
Claims: `jaxmath.claims.similarity`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Gram = Float[Array, "b b"]


def centred_gram(gram: Float[Array, "b b"]) -> Float[Array, "b b"]:
    r"""$H K H$ with $H = I - \mathbf 1 \mathbf 1^\top / b$: inner products of what is left of the mean.

    >>> print(centred_gram(jnp.array([[1.0, 0.0], [0.0, 1.0]])))
    [[ 0.5 -0.5]
     [-0.5  0.5]]
    """
    return gram - gram.mean(0, keepdims=True) - gram.mean(1, keepdims=True) + gram.mean()


@checked
def hsic(k: Float[Array, "b b"], l: Float[Array, "b b"]) -> Float[Array, ""]:  # noqa: E741
    r"""The empirical Hilbert-Schmidt independence criterion, $\mathrm{tr}(K H L H) / (b - 1)^2$.

    >>> print(hsic(jnp.eye(2), jnp.eye(2)))
    1.0
    """
    return (centred_gram(k) * centred_gram(l)).sum() / (k.shape[0] - 1) ** 2


@checked
def cka(k: Float[Array, "b b"], l: Float[Array, "b b"]) -> Float[Array, ""]:  # noqa: E741
    r"""Centred kernel alignment of two Gram matrices.

    $$ \frac{\mathrm{HSIC}(K, L)}{\sqrt{\mathrm{HSIC}(K, K)\, \mathrm{HSIC}(L, L)}} $$

    >>> print(cka(jnp.eye(3), 2 * jnp.eye(3)).round(6))
    1.0
    """
    return hsic(k, l) / jnp.sqrt(hsic(k, k) * hsic(l, l))


@checked
def linear_cka(x: Float[Array, "b d"], y: Float[Array, "b e"]) -> Float[Array, ""]:
    r"""That of the linear kernel, without Gram matrices of the items.

    $$ \frac{\lVert \tilde Y^\top \tilde X \rVert_F^2}
            {\lVert \tilde X^\top \tilde X \rVert_F\, \lVert \tilde Y^\top \tilde Y \rVert_F}, $$

    where columns of $\tilde X$ and $\tilde Y$ have mean zero.

    >>> x = jnp.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    >>> print(linear_cka(x, 3 * x[:, ::-1]).round(6))
    1.0
    """
    x, y = (a - a.mean(0, keepdims=True) for a in (x, y))
    own = [((a.T @ a) ** 2).sum() for a in (x, y)]
    return ((y.T @ x) ** 2).sum() / jnp.sqrt(own[0] * own[1])


@checked
def rbf_gram(x: Float[Array, "b d"], width: Scalar) -> Float[Array, "b b"]:
    r"""$e^{-\lVert x_i - x_j \rVert^2 / 2 \sigma^2}$.

    Args:
      x: the items.
      width: $\sigma$; the source takes a fraction of the median distance.

    >>> print(rbf_gram(jnp.array([[0.0], [2.0]]), 1.0)[0, 1].round(6))
    0.135335
    """
    squares = ((x[:, None] - x[None, :]) ** 2).sum(-1)
    return jnp.exp(-squares / (2 * width**2))
