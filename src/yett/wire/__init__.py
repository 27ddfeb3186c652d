"""Floor 3: HTTP/1.1 and TLS."""
