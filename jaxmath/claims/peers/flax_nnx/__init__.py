"""Claims about `flax.nnx`, as it is installed."""
