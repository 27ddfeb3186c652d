"""How a server is packed and run: Dockerfiles and Compose files."""
