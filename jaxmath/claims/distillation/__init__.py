"""What is true of distillation."""
