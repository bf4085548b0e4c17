"""Service Catalog and the Account Factory product."""
