"""HCL syntax: text in, blocks and attributes with positions out."""
