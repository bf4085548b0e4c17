"""The state of a sandbox as a file: an object graph of allowed classes."""
