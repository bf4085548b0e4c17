"""What happens to one account, stage by stage, and to many at once."""
