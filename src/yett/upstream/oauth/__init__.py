"""The gateway as an OAuth client of the servers behind it: its own tokens, bound to the origin they are for."""
