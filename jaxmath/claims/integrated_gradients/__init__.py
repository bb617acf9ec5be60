"""What is true of integrated gradients, and of a gradient times the input."""
