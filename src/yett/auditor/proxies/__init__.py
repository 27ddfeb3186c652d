"""What stands in front of a server: nginx and Caddy."""
