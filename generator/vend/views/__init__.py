"""The only printer: for people, for CI, and as JSON."""
