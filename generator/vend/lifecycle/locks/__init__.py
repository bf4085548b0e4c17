"""Locks of Terraform states: whose they are, and which may be released."""
