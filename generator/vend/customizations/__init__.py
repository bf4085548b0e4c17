"""Which customizations and hooks apply to an account, and running hooks."""
