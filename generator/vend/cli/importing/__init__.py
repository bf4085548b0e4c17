"""`vend import`: requests from AFT, from a table, from an organization."""
