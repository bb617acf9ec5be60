"""Claims about `jax.experimental.pallas.ops.tpu`, as it is installed."""
