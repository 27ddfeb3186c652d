"""Calls in lockstep over connections that stay open: all are sent, then all answers are read, and again.

Slower than a load generator and exactly repeatable: the gateway sees the same bytes in the same groups every time.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from yardstick.programs import BenchError

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_SECONDS: Final = 30.0
_GULP: Final = 1 << 18


class Lane:
    """One keep-alive connection, over TLS where there is a context for it."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.weight = 0
        """Bytes of the last answer, its head included."""
        self.protocol = ""
        """The version of TLS, where there is any."""
        if tls is not None:
            secure = self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
            self.protocol = secure.version() or ""

    def send(self, request: bytes) -> None:
        """Send one request."""
        self._socket.sendall(request)

    def answer(self) -> bytes:
        """The body of the next answer. Raises `BenchError` where it is not a result."""
        head, body = self.read()
        if not head.startswith(b"HTTP/1.1 200 ") or b'"result":' not in body[:200] or b'"isError":true' in body:
            raise BenchError(f"a call was refused: {head[:100]!r} {body[:300]!r}")
        return body

    def read(self) -> tuple[bytes, bytes]:
        """The head and the body of the next answer, whatever they say."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more(received)
        head, _, body = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if length is None:
            raise BenchError(f"an answer without a length: {head[:300]!r}")
        pieces, missing = [body], int(length[1]) - len(body)
        while missing > 0:
            pieces.append(self._more(head))
            missing -= len(pieces[-1])
        whole = b"".join(pieces)
        self.weight = len(head) + len(b"\r\n\r\n") + len(whole)
        return head, whole

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _more(self, before: bytes) -> bytes:
        received = self._socket.recv(_GULP)
        if not received:
            raise BenchError(f"the connection was closed within an answer: {before[:300]!r}")
        return received


class Volley:
    """A number of lanes that call together."""

    def __init__(self, lanes: list[Lane], request: bytes) -> None:
        self._lanes = lanes
        self._request = request

    def fire(self, calls: int) -> None:
        """Make so many calls, or a few more: every lane makes as many."""
        for _ in range(-(-calls // len(self._lanes))):
            for lane in self._lanes:
                lane.send(self._request)
            for lane in self._lanes:
                lane.answer()


@contextlib.contextmanager
def volley(port: int, request: bytes, lanes: int) -> Iterator[Volley]:
    """Open the connections, and close them in the end."""
    opened: list[Lane] = []
    try:
        opened.extend(Lane(port) for _ in range(lanes))
        yield Volley(opened, request)
    finally:
        for lane in opened:
            lane.close()
