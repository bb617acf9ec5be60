"""What is true of the laws of scaling."""
