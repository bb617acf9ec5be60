"""What is true of softmax and of the logarithm of a sum of exponentials."""
