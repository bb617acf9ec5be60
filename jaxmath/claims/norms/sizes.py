"""Norms: the size of what comes out, and what does not interact."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import layer_norm, rms_norm
from jaxmath.verify.claim import identity, independence

BA = "Ba, Kiros & Hinton 2016, arXiv:1607.06450, section 5.1"


@identity(source="Ba et al. 2016, arXiv:1607.06450, eq. (3)", at=dict(n=2, d=4))
def layer_norm_has_mean_zero_and_variance_almost_one(x: Float[Array, "n d"], eps: Float[Array, ""]):
    r"""$\sum_i y_i = 0$ and $\overline{y^2} = \sigma^2 / (\sigma^2 + \epsilon)$."""
    y, variance = layer_norm(x, eps=eps), (x**2).mean(-1) - x.mean(-1) ** 2
    return (y.sum(-1), (y**2).mean(-1)), (0 * variance, variance / (variance + eps))


@layer_norm_has_mean_zero_and_variance_almost_one.mutant
def layer_norm_has_variance_one(x, eps):
    y = layer_norm(x, eps=eps)
    return (y.sum(-1), (y**2).mean(-1)), (jnp.zeros(x.shape[0]), jnp.ones(x.shape[0]))


@identity(source="Zhang & Sennrich 2019, arXiv:1910.07467, eq. (4)", at=dict(n=2, d=4))
def rms_norm_puts_vectors_on_a_sphere(x: Float[Array, "n d"]):
    r"""At $\epsilon = 0$: $\lVert y \rVert^2 = d$."""
    return (rms_norm(x, eps=0.0) ** 2).sum(-1), jnp.full(x.shape[0], 4.0)


@rms_norm_puts_vectors_on_a_sphere.mutant
def rms_norm_with_epsilon_puts_vectors_on_a_sphere(x):
    return (rms_norm(x, eps=0.1) ** 2).sum(-1), jnp.full(x.shape[0], 4.0)


@identity(source="Zhang & Sennrich 2019, arXiv:1910.07467, section 4.2", at=dict(d=3, f=4))
def weights_before_a_norm_have_orthogonal_gradients(
    x: Float[Array, " d"], w: Float[Array, "d f"], dy: Float[Array, " f"], c: Float[Array, ""]
):
    r"""$\langle W, dW \rangle = 0$, and $dW$ at $c^2 W$ is $dW / c^2$, where $\epsilon = 0$."""

    def pullback(w):
        return jax.vjp(lambda w: rms_norm(x @ w, eps=0.0), w)[1](dy)[0]

    dw = pullback(w)
    return ((w * dw).sum(), pullback(c**2 * w)), (jnp.zeros(()), dw / c**2)


@weights_before_a_norm_have_orthogonal_gradients.mutant
def weights_before_a_norm_have_gradients_that_grow_with_them(x, w, dy, c):
    def pullback(w):
        return jax.vjp(lambda w: rms_norm(x @ w, eps=0.0), w)[1](dy)[0]

    return pullback(c**2 * w), pullback(w)


@identity(source=BA, at=dict(n=2, d=5), given=dict(order=np.array([4, 2, 0, 1, 3])))
def norms_commute_with_permutations(
    x: Float[Array, "n d"], weight: Float[Array, " d"], order: Int[Array, " d"]
):
    r"""Entries and weights may be permuted together."""
    left = layer_norm(x[:, order], weight[order]), rms_norm(x[:, order], weight[order])
    return left, (layer_norm(x, weight)[:, order], rms_norm(x, weight)[:, order])


@norms_commute_with_permutations.mutant
def norms_commute_with_permutations_of_entries_alone(x, weight, order):
    left = layer_norm(x[:, order], weight), rms_norm(x[:, order], weight)
    return left, (layer_norm(x, weight)[:, order], rms_norm(x, weight)[:, order])


@independence(source=BA, at=dict(n=3, d=4))
def norms_do_not_mix_positions(x: Float[Array, "n d"]):
    r"""Row 1 of the output depends on row 1 of the input alone (unlike batch norm)."""
    row = np.zeros((3, 4), bool)
    row[1] = True
    return (layer_norm(x), rms_norm(x)), [((row, row), dict(x=~row))]


@norms_do_not_mix_positions.mutant
def norms_along_positions_do_not_mix_positions(x):
    row = np.zeros((3, 4), bool)
    row[1] = True
    return (layer_norm(x.T).T, rms_norm(x)), [((row, row), dict(x=~row))]
