"""`yett doctor`: what a config needs around it, observed here and judged by pure functions."""
