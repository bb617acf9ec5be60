"""What is true of the three transformers."""
