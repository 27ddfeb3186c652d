"""Where an upstream is, and how long we wait for it."""

from __future__ import annotations

import math
import re
from typing import Final

from msgspec import Struct

_HOST: Final = re.compile(r"[A-Za-z0-9._~-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_PORTS: Final = {"http": 80, "https": 443}


class Origin(Struct, frozen=True, kw_only=True):
    """Scheme (`http` or `https`), host (an IPv6 address without brackets) and port.

    Raises `ValueError` for anything else.
    """

    scheme: str
    host: str
    port: int

    def __post_init__(self) -> None:
        if self.scheme not in _PORTS:
            raise ValueError(f"scheme `{self.scheme}` is neither `http` nor `https`")
        if _HOST.fullmatch(self.host) is None or not 0 < self.port < 65_536:  # noqa: PLR2004 - the last port + 1
            raise ValueError(f"`{self.host}:{self.port}` is not a host and a port")

    @property
    def authority(self) -> str:
        """What the `host` header says: without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


class Timeouts(Struct, frozen=True, kw_only=True):
    """Seconds. `total` runs from the request to the last byte of its answer."""

    connect: float = 5.0
    """For a free place in the pool, and again for DNS, TCP and TLS together."""
    first_byte: float = 60.0
    """Servers may stay silent while a tool works: official SDKs send nothing for 15 s."""
    idle: float = 60.0
    """Between two reads of a body. Does not run while our own reader is slow."""
    total: float = math.inf

    @property
    def shortest(self) -> float:
        """The shortest of the times: how closely they have to be watched follows from it."""
        return min(self.first_byte, self.idle, self.total)
