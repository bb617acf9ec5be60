"""What is true of polar factors, and of the polynomials that come near them."""
