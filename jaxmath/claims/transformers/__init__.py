"""What is true of transformers: the three of the textbook, stacks of layers as modules, and models with a cache."""
