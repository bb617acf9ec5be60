"""What is true of losses that learn from preferences."""
