"""What is true of entropy, cross-entropy and divergences."""
