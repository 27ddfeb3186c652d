"""Floor 3: the tamper-evident audit trail."""
