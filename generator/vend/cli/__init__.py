"""Arguments in, exit code out: the only room that wires the others together."""
