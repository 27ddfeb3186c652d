"""What starts servers for a client: client configs, `server.json`, bundles."""
