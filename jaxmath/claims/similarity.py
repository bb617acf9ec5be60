"""What is true of centred kernel alignment."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.similarity import cka, hsic, linear_cka, rbf_gram
from jaxmath.verify.claim import bound, identity

KORNBLITH = "Kornblith et al. 2019, arXiv:1905.00414"
Scalar = Float[Array, ""]
Items = Float[Array, "b 2"]
Others = Float[Array, "b e"]
SIZES = dict(b=3, e=1)


def _rotation(half: Array) -> Array:
    """Every rotation of the plane but one, by the tangent of half its angle."""
    c, s = 1 - half**2, 2 * half
    return jnp.stack([jnp.stack([c, -s]), jnp.stack([s, c])]) / (1 + half**2)


@identity(source=f"{KORNBLITH}, section 3: linear kernels", at=SIZES)
def the_linear_form_is_that_of_linear_gram_matrices(x: Items, y: Others):
    r"""$\lVert \tilde Y^\top \tilde X \rVert_F^2 = \mathrm{tr}(H X X^\top H\, Y Y^\top)$, and so on."""
    return linear_cka(x, y), cka(x @ x.T, y @ y.T)


@the_linear_form_is_that_of_linear_gram_matrices.mutant
def the_linear_form_is_the_cosine_of_gram_matrices(x, y):
    k, other = x @ x.T, y @ y.T
    return linear_cka(x, y), (k * other).sum() / jnp.sqrt((k**2).sum() * (other**2).sum())


@identity(source=f"{KORNBLITH}, section 2: orthogonal and isotropic invariance", at=SIZES)
def alignment_ignores_turns_scales_and_shifts(x: Items, y: Others, half: Scalar, c: Scalar, shift: Scalar):
    r"""$\mathrm{CKA}(c X Q + \mathbf 1 s^\top, Y) = \mathrm{CKA}(X, Y)$."""
    return linear_cka(c * x @ _rotation(half) + shift, y), linear_cka(x, y)


@alignment_ignores_turns_scales_and_shifts.mutant
def alignment_ignores_scales_of_single_features(x, y, half, c, shift):
    scales = jnp.stack([c, c**2])[None, :]
    return linear_cka(x * scales, y), linear_cka(x, y)


@identity(source=f"{KORNBLITH}, section 2", at=dict(b=2))
def alignment_of_a_radial_kernel_ignores_turns_and_shifts(x: Items, y: Items, half: Scalar, shift: Scalar):
    r"""Distances are what it sees, $k = e^{-\lVert x_i - x_j \rVert^2 / 2}$."""
    moved = x @ _rotation(half) + shift
    return hsic(rbf_gram(moved, 1.0), rbf_gram(y, 1.0)), hsic(rbf_gram(x, 1.0), rbf_gram(y, 1.0))


@alignment_of_a_radial_kernel_ignores_turns_and_shifts.mutant
def alignment_of_a_radial_kernel_ignores_scales(x, y, half, shift):
    return hsic(rbf_gram(half * x, 1.0), rbf_gram(y, 1.0)), hsic(rbf_gram(x, 1.0), rbf_gram(y, 1.0))


@identity(source=f"{KORNBLITH}; one feature each", at=dict(b=4))
def alignment_of_single_features_is_a_squared_correlation(x: Float[Array, "b 1"], y: Float[Array, "b 1"]):
    r"""$\mathrm{CKA}(x, y)^2 = r^4$; neither $\mathrm{CKA}$ nor $r^2$ is negative."""
    a, b = x - x.mean(), y - y.mean()
    return linear_cka(x, y) ** 2, (a * b).sum() ** 4 / ((a**2).sum() * (b**2).sum()) ** 2


@alignment_of_single_features_is_a_squared_correlation.mutant
def alignment_of_single_features_is_a_correlation(x, y):
    a, b = x - x.mean(), y - y.mean()
    return linear_cka(x, y) ** 2, (a * b).sum() ** 2 / ((a**2).sum() * (b**2).sum())


@bound(
    source="Cauchy and Schwarz, for centred Gram matrices",
    box=dict(x=(0.25, 1.0)),
    sharp=dict(x=1.0),
    slack=1e-3,
)
def alignment_is_at_most_one(x: Scalar):
    r"""Here of $(x, 0), (0, 1), (0, 0)$ and $(-1, 0), (0, 1), (0, 0)$: one turned for $x = 1$."""
    return linear_cka(_corner(x), _corner(0 * x - 1)), jnp.ones(())


@alignment_is_at_most_one.mutant
def alignment_is_at_most_nine_tenths(x):
    return linear_cka(_corner(x), _corner(0 * x - 1)), 0.9 * jnp.ones(())


def _corner(x: Array) -> Array:
    zero, one = 0 * x, 0 * x + 1
    return jnp.stack([jnp.stack([x, zero]), jnp.stack([zero, one]), jnp.stack([zero, zero])])


@identity(source=f"{KORNBLITH}, section 3; Gretton et al. 2005, section 3.1", at=dict(b=3))
def independence_is_covariance_of_features(x: Float[Array, "b 2"], y: Float[Array, "b 2"]):
    r"""$\mathrm{HSIC}(X X^\top, Y Y^\top) = \lVert \mathrm{Cov}(X, Y) \rVert_F^2$ (divided by $b - 1$)."""
    a, b = x - x.mean(0, keepdims=True), y - y.mean(0, keepdims=True)
    return hsic(x @ x.T, y @ y.T), ((a.T @ b / (x.shape[0] - 1)) ** 2).sum()


@independence_is_covariance_of_features.mutant
def independence_is_covariance_of_features_of_the_population(x, y):
    a, b = x - x.mean(0, keepdims=True), y - y.mean(0, keepdims=True)
    return hsic(x @ x.T, y @ y.T), ((a.T @ b / x.shape[0]) ** 2).sum()
