"""Floor 3: one security layer per file."""
