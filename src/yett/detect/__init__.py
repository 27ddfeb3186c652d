"""Floor 2: pure detectors that guards and audit rules share."""
