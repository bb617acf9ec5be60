"""What is true of the costs of transformers."""
