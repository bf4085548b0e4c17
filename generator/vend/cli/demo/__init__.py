"""`vend demo`: the example fleet through its life, in a sandbox."""
