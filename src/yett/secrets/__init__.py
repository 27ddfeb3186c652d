"""References to secrets, and values that never print."""
