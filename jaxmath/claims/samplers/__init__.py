"""What is true of samplers."""
