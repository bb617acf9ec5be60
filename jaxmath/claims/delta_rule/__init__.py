"""What is true of the delta rule."""
