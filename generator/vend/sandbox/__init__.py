"""The emulated AWS: moto, and Control Tower's Account Factory on top of it."""
