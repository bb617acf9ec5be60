"""What the command line says when it cannot use what it was given."""


class UnusableError(Exception):
    """An argument names nothing, or what it names cannot be read. Ends the command with status 2."""
