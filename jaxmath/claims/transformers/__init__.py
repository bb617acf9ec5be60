"""What is true of transformers: the three of the textbook, stacks of layers, and models with a cache."""
