"""Claims about `jax.nn`, as it is installed."""
