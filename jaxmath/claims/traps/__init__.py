"""Popular statements that are false: each is refuted, and beside it stands what is true."""
