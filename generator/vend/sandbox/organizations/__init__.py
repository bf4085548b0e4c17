"""Organizations and Account Management: units, accounts, quotas."""
