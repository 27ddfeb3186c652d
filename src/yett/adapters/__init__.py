"""Yett for frameworks: dependencies of FastAPI, and servers of the SDK and of FastMCP that are no ASGI apps."""
