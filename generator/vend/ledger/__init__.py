"""What was last applied to each account, runs, events, leases and slots."""
