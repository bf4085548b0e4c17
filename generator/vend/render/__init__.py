"""An account request in, root modules out."""
