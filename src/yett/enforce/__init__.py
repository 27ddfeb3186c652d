"""Floor 6: conduct() and the modes."""
