"""Readers that keep places: JSON with comments, YAML and TOML into trees whose values know where they stand."""
