"""Claims about `jax.experimental.pallas.ops.gpu`, as it is installed."""
