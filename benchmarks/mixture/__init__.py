"""A mixture of experts by this library and by others: one file each, so that a process loads one only."""
