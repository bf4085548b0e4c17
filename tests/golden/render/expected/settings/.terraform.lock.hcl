# Hashes of providers, copied beside each root.
