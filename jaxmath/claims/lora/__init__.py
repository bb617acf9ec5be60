"""What is true of low-rank adaptation."""
