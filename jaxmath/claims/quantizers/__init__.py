"""What is true of quantisers."""
