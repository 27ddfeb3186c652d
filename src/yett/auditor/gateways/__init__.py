"""Configs of Yett itself, read as a reviewer reads them: no reference is followed."""
