"""What is true of the losses of next-token prediction."""
