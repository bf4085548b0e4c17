"""What a sandbox starts with: its configuration, or the organization of a file."""
