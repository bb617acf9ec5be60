"""What is true of Hadamard rotations."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32

from jaxmath.definitions import dequantize, hadamard, hadamard_rotate, quantize_absmax, rms_norm
from jaxmath.verify.claim import bound, distribution, enclosure, identity

ASHKBOOS = "Ashkboos et al. 2024, QuaRot, arXiv:2404.00456"
# Sixteen numbers of size one, and an outlier of size 64.
OUTLIER = np.append(np.random.default_rng(0).uniform(-1, 1, 15), 64).astype(np.float32)


@distribution(source="Sylvester 1867")
def rows_of_a_hadamard_matrix_are_orthogonal():
    r"""$H H^\top = n I$ and $H = H^\top$ for the orders 1 to 64, in whole numbers."""
    matrices = [np.asarray(hadamard(2**k)).astype(int) for k in range(7)]
    return [(h @ h.T, h) for h in matrices], [(len(h) * np.eye(len(h), dtype=int), h.T) for h in matrices]


@rows_of_a_hadamard_matrix_are_orthogonal.mutant
def rows_of_a_matrix_with_equal_blocks_are_orthogonal():
    h = np.asarray(hadamard(2)).astype(int)
    h = np.block([[h, h], [h, h]])
    return [(h @ h.T, h)], [(4 * np.eye(4, dtype=int), h.T)]


@identity(source=f"{ASHKBOOS}, section 3.1, computational invariance", at=dict(n=2, d=4, f=2))
def a_rotation_may_be_moved_into_the_weights(x: Float[Array, "n d"], w: Float[Array, "d f"]):
    r"""$(x H / \sqrt d)(H^\top W / \sqrt d) = x W$."""
    return hadamard_rotate(x) @ hadamard_rotate(w.T).T, x @ w


@a_rotation_may_be_moved_into_the_weights.mutant
def a_rotation_may_be_moved_to_the_other_side_of_the_weights(x, w):
    return hadamard_rotate(x) @ hadamard_rotate(w), x @ w


@identity(source=f"{ASHKBOOS}, section 3.1; Ashkboos et al. 2024, SliceGPT, arXiv:2401.15024", at=dict(d=4))
def rms_norm_commutes_with_rotations(x: Float[Array, " d"]):
    r"""$\mathrm{RMSNorm}(x H) = \mathrm{RMSNorm}(x) H$ where the norm has no weights of its own."""
    return rms_norm(hadamard_rotate(x)[None])[0], hadamard_rotate(rms_norm(x[None])[0])


@rms_norm_commutes_with_rotations.mutant
def rms_norm_with_weights_commutes_with_rotations(x):
    weight = jnp.arange(1.0, 5.0)
    return rms_norm(hadamard_rotate(x)[None], weight)[0], hadamard_rotate(rms_norm(x[None], weight)[0])


@identity(source="Sylvester 1867", at=dict(d=4))
def a_rotation_undoes_itself_and_keeps_lengths(x: Float[Array, " d"]):
    r"""Rotated twice a vector is what it was, and $\lVert x H / \sqrt d \rVert = \lVert x \rVert$."""
    once = hadamard_rotate(x)
    return (hadamard_rotate(once), (once**2).sum()), (x, (x**2).sum())


@a_rotation_undoes_itself_and_keeps_lengths.mutant
def a_rotation_keeps_sums(x):
    once = hadamard_rotate(x)
    return (hadamard_rotate(once), once.sum()), (x, x.sum())


@bound(
    source="Tseng et al. 2024, QuIP#, arXiv:2402.04396, section 3; Hoelder's inequality",
    box=dict(x=(0.0, 1)),
    at=dict(d=2),
    slack=1e-3,
    sharp=dict(x=(1.0, 0.0)),
)
def no_rotated_entry_exceeds_the_sum_over_the_root(x: Float[Array, " d"]):
    r"""$\max_i |(x H / \sqrt d)_i| \le \lVert x \rVert_1 / \sqrt d$.

    A lone outlier is divided by $\sqrt d$.
    """
    return jnp.abs(hadamard_rotate(x)).max(), jnp.abs(x).sum() / jnp.sqrt(2.0)


@no_rotated_entry_exceeds_the_sum_over_the_root.mutant
def no_rotated_entry_exceeds_the_greatest_over_the_root(x):
    return jnp.abs(hadamard_rotate(x)).max(), jnp.abs(x).max() / jnp.sqrt(2.0)


@enclosure(
    source=f"{ASHKBOOS}, section 3: outliers are removed", given=dict(x=OUTLIER), at=dict(d=16), at_most=1.5
)
def rotated_outliers_fit_into_four_bits(x: Float32[Array, " d"]):
    r"""Sixteen numbers with one outlier of 64, in four bits: rotated, the greatest error is below 1.5."""
    return hadamard_rotate(dequantize(*quantize_absmax(hadamard_rotate(x), 4))), x


@rotated_outliers_fit_into_four_bits.mutant
def outliers_fit_into_two_bits(x):
    return dequantize(*quantize_absmax(x, 2)) + 2 * (x < 1).astype(x.dtype), x
