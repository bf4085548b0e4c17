"""An account's root modules: written, planned one by one or together, applied."""
