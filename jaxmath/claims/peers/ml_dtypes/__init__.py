"""`ml_dtypes`: the small floats of JAX."""
