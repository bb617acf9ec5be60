"""The same claims about libraries of other people, as they are installed."""
