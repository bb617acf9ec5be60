"""What is true of scaled dot-product attention."""
