"""Edits of request files: which assignments change, and where a new account goes."""
