"""HCL as text: where it stands, and edits that keep everything else byte for byte."""
