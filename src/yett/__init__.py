"""Yett: the security layer in front of MCP servers. Public names only."""

__version__ = "0.1.0"
