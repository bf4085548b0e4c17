"""`python -m vend`."""
