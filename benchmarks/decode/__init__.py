"""Greedy decoding by this library and by `transformers`: one file each, so that a process loads one only."""
