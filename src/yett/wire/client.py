"""The calling side: a bounded pool of connections to one upstream, and calls that are never sent twice."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, Protocol

from yett.wire import fields
from yett.wire.fields import Lines
from yett.wire.http import Header
from yett.wire.origin import Origin, Timeouts
from yett.wire.outbound import Outbound, Taker, Waiter
from yett.wire.places import Places, Resolve
from yett.wire.response import Response

__all__ = [
    "Calls",
    "Held",
    "Lines",
    "Origin",
    "Outbound",
    "Pool",
    "Resolve",
    "Response",
    "Taker",
    "Timeouts",
    "checked",
]

_LINE: Final = re.compile(rb"[A-Z]{1,20} /[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*")
_WITH_BODY: Final = frozenset({b"POST", b"PUT", b"PATCH"})
_REMEMBERED: Final = 16
# What the wire writes itself, and what would change how the rest is read.
_RESERVED: Final = frozenset(
    {
        *(b"accept-encoding", b"connection", b"content-length", b"expect", b"host", b"keep-alive", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade"),
    }
)

NO_LINES: Final = Lines(b"")


def checked(headers: Sequence[Header]) -> Lines:
    """Headers of a request, as they are sent. Raises `ValueError` for what must not be sent, or is the wire's to say.

    For those that come again and again: checking and encoding costs as much as sending.
    """
    for name, _ in headers:
        if name in _RESERVED:
            raise ValueError(f"the wire writes `{name.decode('latin-1')}` itself")
    return fields.encode(headers)


class Calls(Protocol):
    """What carries requests: a pool of connections, or what stands in its place."""

    def request(
        self,
        method: bytes,
        path: bytes,
        headers: Sequence[Header],
        body: bytes,
        *,
        lines: Lines = NO_LINES,
        timeouts: Timeouts | None = None,
    ) -> AbstractAsyncContextManager[Response]:
        """Ask; inside the `async with` is the response."""
        ...

    async def close(self) -> None:
        """End everything that is under way."""
        ...


class Pool:
    """Connections to one origin, and calls over them.

    `tls` must be given for `https` origins, and for no others. At most `max_connections` are open, `max_idle` of them
    unused, and `max_waiting` calls wait for one, each for the connect timeout. `resolve` finds the addresses of every
    new connection in the place of the system.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        tls: ssl.SSLContext | None = None,
        timeouts: Timeouts | None = None,
        max_connections: int = 100,
        max_idle: int = 32,
        max_waiting: int = 1_000,
        resolve: Resolve | None = None,
    ) -> None:
        if (origin.scheme == "https") != (tls is not None):
            raise ValueError(f"`{origin}` and its TLS context do not fit together")
        self.origin = origin
        self._timeouts = timeouts or Timeouts()
        self._places = Places(
            origin,
            tls,
            shortest=self._timeouts.shortest,
            max_connections=max_connections,
            max_idle=max_idle,
            max_waiting=max_waiting,
            resolve=resolve,
        )
        self._beginnings: dict[tuple[bytes, bytes], bytes] = {}
        self.release = self._places.release
        """Take back what `post` gave."""

    def request(
        self,
        method: bytes,
        path: bytes,
        headers: Sequence[Header],
        body: bytes,
        *,
        lines: Lines = NO_LINES,
        timeouts: Timeouts | None = None,
    ) -> AbstractAsyncContextManager[Response]:
        """Ask; inside the `async with` is the response. Leaving it early, or being cancelled, ends the connection.

        `host`, `content-length` and `accept-encoding: identity` are added, and `lines`: more headers, already checked.
        Raises `ValueError` for what must not be sent, and when entered `UpstreamUnavailable`, `UpstreamTimeout` or
        `UpstreamProtocolError`. Nothing is sent a second time.
        """
        request = self._request(method, path, headers, body, lines)
        return _Call(self._places, request, timeouts or self._timeouts, bodiless=method == b"HEAD")

    def post(
        self, path: bytes, headers: Sequence[Header], body: bytes, taker: Taker, *, lines: Lines = NO_LINES
    ) -> Outbound | None:
        """Ask at once, on a connection that lies idle; `None` where there is none: then nothing was sent.

        Whoever gets a connection ends it with `abort()`, or gives it back with `release()` once the answer was read.
        """
        connection = self._places.idle()
        if connection is not None:
            connection.ask(self._request(b"POST", path, headers, body, lines), self._timeouts, taker)
        return connection

    async def close(self) -> None:
        """End every connection; calls under way fail."""
        await self._places.close()

    @property
    def open(self) -> int:
        """How many connections there are, those being made included."""
        return self._places.open

    def _request(self, method: bytes, path: bytes, headers: Sequence[Header], body: bytes, lines: Lines) -> bytes:
        beginning = self._beginnings.get((method, path)) or self._beginning(method, path)
        if headers:
            lines = Lines(checked(headers) + lines)
        ending = b"content-length: %d\r\n\r\n" % len(body) if body or method in _WITH_BODY else b"\r\n"
        return b"".join((beginning, lines, ending, body))  # half the time of one `%` for all of it

    def _beginning(self, method: bytes, path: bytes) -> bytes:
        """The request line and the header lines of every request. An upstream has few different ones."""
        line = b"%b %b" % (method, path)
        if _LINE.fullmatch(line) is None:
            raise ValueError("a method or path holds bytes that must not be sent")
        host = self.origin.authority.encode()
        beginning = b"%b HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity\r\n" % (line, host)
        if len(self._beginnings) == _REMEMBERED:
            self._beginnings.clear()
        self._beginnings[(method, path)] = beginning
        return beginning


class Held(AbstractAsyncContextManager[Response]):
    """A response that came by `Pool.post()`, as a context like that of `Pool.request()`."""

    __slots__ = ("_connection", "_pool", "_response")

    def __init__(self, pool: Pool, connection: Outbound, response: Response) -> None:
        self._pool = pool
        self._connection = connection
        self._response = response

    async def __aenter__(self) -> Response:
        return self._response

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.release(self._connection)


class _Call(AbstractAsyncContextManager[Response]):
    """One request and its response, as a context."""

    __slots__ = ("_bodiless", "_connection", "_places", "_request", "_timeouts")

    def __init__(self, places: Places, request: bytes, timeouts: Timeouts, *, bodiless: bool) -> None:
        self._places = places
        self._request = request
        self._timeouts = timeouts
        self._bodiless = bodiless
        self._connection: Outbound | None = None

    async def __aenter__(self) -> Response:
        connection = self._places.idle() or await self._places.take(self._timeouts)
        answered = False
        try:
            waiter = Waiter()
            connection.ask(self._request, self._timeouts, waiter, bodiless=self._bodiless)
            response = await waiter.response
            answered = True
        finally:
            if not answered:
                connection.abort()
        self._connection = connection
        return response

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._places.release(self._connection)
