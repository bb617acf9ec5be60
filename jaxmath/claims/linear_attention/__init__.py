"""What is true of linear attention."""
