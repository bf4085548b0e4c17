"""Commands that look at AWS or change it: plan, apply, status, show, review."""
