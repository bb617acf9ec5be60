"""What is true of differential privacy."""
