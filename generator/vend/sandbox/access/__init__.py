"""Who calls and what they may do: callers, IAM policies, Identity Center."""
