"""Stores of secrets that are not real: they speak the real APIs, and can be told to fail."""
