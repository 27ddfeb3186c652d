"""Tries whether the addresses of a config can be listened at, and gives them back at once."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Final

from yett.enforce.doctor import judgement
from yett.enforce.doctor.check import Check, failed

SECONDS: Final = 5.0
"""For looking up the name to listen at."""


async def listening(what: str, host: str, port: int, *, running: bool) -> Check:
    """Whether `host` and `port` are to be had. `running`: a gateway has this config's ledger already."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, TimeoutError):
        return failed(what, f"`{host}` has no address", "write an address of this machine: `127.0.0.1`, `0.0.0.0`")
    numbers = [_tried(family, address) for family, _, _, _, address in found]
    return judgement.port(what, place, next((number for number in numbers if number), 0), running=running)


def _tried(family: int, address: tuple[object, ...]) -> int:
    """Bind as `run` would; the `errno` of what is in the way, or 0."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
    except OSError as error:
        # A family that this machine does not have: the event loop leaves it out as well.
        return 0 if error.errno == errno.EAFNOSUPPORT else error.errno or errno.EINVAL
    return 0
