"""Ports for processes that have to be told one."""

from __future__ import annotations

import contextlib
import random
import socket


def free_port() -> int:
    """A port that nobody uses just now, and that the system gives to no outgoing connection meanwhile."""
    for _ in range(1_000):
        port = random.randint(15_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("every port is taken")
