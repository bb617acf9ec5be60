"""Claims about `flax.linen`, as it is installed."""
