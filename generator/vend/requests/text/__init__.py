"""HCL as text: positions, and edits that keep everything else byte for byte."""
