"""Floor 3: who is calling."""
