"""What would change: plans, previews, policies, bundles, removals."""
