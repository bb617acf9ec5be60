"""What is true of merging."""
