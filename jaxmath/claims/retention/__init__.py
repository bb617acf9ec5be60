"""What is true of retention."""
