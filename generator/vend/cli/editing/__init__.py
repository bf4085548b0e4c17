"""Commands that edit request files: new, set, move, remove, fmt."""
