"""What the auditor understands of source: one representation of three languages, and how data moves through it."""
