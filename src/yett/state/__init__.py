"""Floor 3: counters, catalogue and sessions behind small protocols."""
