"""What is true of activations."""
