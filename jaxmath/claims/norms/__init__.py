"""What is true of layer norm and RMS norm."""
