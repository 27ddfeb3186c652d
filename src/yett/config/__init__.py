"""Floor 5: file to frozen Config to Runtime."""
