"""Stories: variants that take more than one message. Each says itself what was wrong with what it saw."""
