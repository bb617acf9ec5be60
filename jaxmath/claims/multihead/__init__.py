"""What is true of several heads."""
