"""Floor 4: a cleared message in, the server's messages out."""
