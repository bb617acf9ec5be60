"""The command line. Machinery: it knows how claims are found, run and shown, and no component."""
