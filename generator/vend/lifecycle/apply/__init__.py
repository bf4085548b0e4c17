"""What was planned, carried out account by account."""
