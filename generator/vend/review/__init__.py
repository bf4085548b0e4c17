"""What a reviewer sees: the change set, its digest, and what is refused."""
