"""What is true of watermarks."""
