"""Host and Origin: whom the client thinks it is talking to, and which web page made it talk.

A browser can be led to any address, this one included. Its `Origin` names the page behind a request, and its `Host` the
name it resolved; both are compared, byte by byte, with what the configuration allows (DNS rebinding, CVE-2025-66414).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from yett.core.exchange import Entrance, Exchange
from yett.core.guard import Guard, Phase
from yett.core.message import Message
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Verdict

HOST_UNKNOWN = Reason(
    code="origin.host-unknown", kind=Kind.HOST, public="this server does not answer to that host name"
)
ORIGIN_FOREIGN = Reason(
    code="origin.foreign", kind=Kind.ORIGIN, public="requests from that web origin are not accepted"
)


class Origin(Guard):
    """Exact match of `Host` (with its port, as sent) and `Origin` (scheme, host, port) against two lists.

    Empty lists allow nothing. A missing `Origin` is fine: only browsers send one. The opaque origin `null` is refused
    even when it is listed.
    """

    name: ClassVar[str] = "origin"
    phase: ClassVar[Phase] = Phase.ADMIT

    def __init__(self, *, hosts: Iterable[str], origins: Iterable[str] = ()) -> None:
        self._hosts = frozenset(map(_folded, hosts))
        self._origins = frozenset(map(_folded, origins)) - {"null"}

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Refuse a foreign or missing Host, and an Origin that is not listed."""
        channel = exchange.channel
        if channel.entrance is Entrance.STDIO:
            return ALLOW
        if channel.host is None or _folded(channel.host) not in self._hosts:
            return Deny(reason=HOST_UNKNOWN, detail=_shown(channel.host))
        if channel.origin is not None and _folded(channel.origin) not in self._origins:
            return Deny(reason=ORIGIN_FOREIGN, detail=_shown(channel.origin))
        return ALLOW


def _folded(value: str) -> str:
    """Host names and schemes compare without case (RFC 9110, 4.2.3). Only ASCII: the Kelvin sign is no `k`."""
    return value.lower() if value.isascii() else value


def _shown(value: str | None) -> str:
    return "none" if value is None else ascii(value[:200])
