"""Pallas kernels for TPUs: the product of two matrices."""

from jax.experimental.pallas.ops.tpu import matmul
from jaxtyping import Array, Float

from jaxmath.verify.claim import identity


@identity(source="JAX, jax.experimental.pallas.ops.tpu.matmul", at=dict(n=16, k=256, m=128))
def matmul_kernel_is_the_matrix_product(x: Float[Array, "n k"], y: Float[Array, "k m"]):
    r"""Tiles accumulated over $k$ give $x y$."""
    return matmul.matmul(x, y, block_shape=(8, 128), block_k=128), x @ y


@matmul_kernel_is_the_matrix_product.mutant
def matmul_kernel_forgets_the_first_tile(x, y):
    return matmul.matmul(x, y, block_shape=(8, 128), block_k=128), x[:, 128:] @ y[128:]
