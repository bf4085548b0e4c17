"""Faults on purpose: which operations fail, hang or are slow, and how often."""
