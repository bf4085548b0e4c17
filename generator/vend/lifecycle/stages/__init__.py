"""The steps of one account that are not Terraform, and what surrounds each: slots, hooks, operations."""
