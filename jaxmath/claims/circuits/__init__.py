"""What is true of circuits of attention."""
