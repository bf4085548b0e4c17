"""What vend asks of AWS and tells it."""
