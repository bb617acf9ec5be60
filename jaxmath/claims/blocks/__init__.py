"""What is true of transformer blocks."""
