"""What is true of fairness between groups."""
