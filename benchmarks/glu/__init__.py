"""A gated network by this library and by others: one file each, so that a process loads one only."""
