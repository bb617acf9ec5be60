"""What is true of normal laws, of samples made from noise, and of the two gradients of a mean."""
