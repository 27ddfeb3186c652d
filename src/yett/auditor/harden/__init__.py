"""The files of a hardened deployment, written for one server."""
