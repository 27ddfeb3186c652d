"""Live targets: a server that is running, or that a command starts, and what it says of itself."""
