"""Claims about Optax, as it is installed."""
