"""HCL text in, account requests or diagnostics out."""
