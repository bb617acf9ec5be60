"""What is true of policy gradients for language models."""
