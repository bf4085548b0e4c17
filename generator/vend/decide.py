"""From what is wanted and what exists to one action: a pure function and its table."""
