"""What is true of rotary positions."""
