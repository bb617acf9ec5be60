"""What is true of transformers: the three of the textbook, and stacks of layers as modules."""
