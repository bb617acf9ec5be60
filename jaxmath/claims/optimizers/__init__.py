"""What is true of the textbook's optimizers."""
