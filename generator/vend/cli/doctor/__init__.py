"""`vend doctor`: what this machine and this organization have."""
