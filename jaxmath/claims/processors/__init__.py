"""What is true of logit processors."""
