"""What `jaxmath plan` does."""
