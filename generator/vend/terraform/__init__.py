"""A driver for Terraform: init, plan, apply, show."""
