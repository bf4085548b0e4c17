"""What Control Tower leaves in accounts, watches, and tells."""
