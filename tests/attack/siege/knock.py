"""A raw client: bytes out, bytes in, a time limit, and a loopback address of its own for every attempt.

The address is how an attempt is found in the ledger: Yett notes the peer of everything it refuses, and every address
of 127.0.0.0/8 is this machine's.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

_NUMBERS = count(1)


def fresh_address() -> str:
    """A loopback address that nobody used before in this process."""
    number = next(_NUMBERS)
    return f"127.{1 + number // 62_500 % 250}.{number // 250 % 250}.{1 + number % 250}"


@dataclass(frozen=True)
class Answer:
    """One HTTP response, as far as it came."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = True

    @property
    def document(self) -> Any:
        """The body as JSON (of the last event, where it is a stream); `None` when it is none."""
        body = self.body
        if "text/event-stream" in self.headers.get("content-type", ""):
            lines = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: ")]
            body = lines[-1] if lines else b""
        try:
            return json.loads(body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Heard:
    """What came back on one connection. `hung` says that the time limit ended it, not the gateway."""

    answers: tuple[Answer, ...]
    raw: bytes
    closed: bool
    hung: bool
    seconds: float

    @property
    def last(self) -> Answer:
        """The last response; status 0 where there was none."""
        return self.answers[-1] if self.answers else Answer(0, complete=False)

    @property
    def first(self) -> Answer:
        """The first response; status 0 where there was none."""
        return self.answers[0] if self.answers else Answer(0, complete=False)


Pieces = Sequence[bytes | float]
"""Bytes to send and seconds to wait between them."""


def context(authority: Path | None = None) -> ssl.SSLContext:
    """TLS as a client has it; it trusts the castle's own authority."""
    made = ssl.create_default_context(cafile=str(authority) if authority else None)
    if authority is None:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def connected(port: int, address: str, tls: ssl.SSLContext | None, seconds: float = 10.0) -> socket.socket:
    """A connection from `address` to the gateway."""
    line = socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(address, 0))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is None:
        return line
    try:
        return tls.wrap_socket(line, server_hostname="127.0.0.1")
    except OSError:
        line.close()
        raise


def knock(
    port: int,
    pieces: Pieces,
    *,
    address: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    seconds: float = 5.0,
    answers: int = 1,
    half_close: bool = False,
    method: str = "POST",
) -> Heard:
    """Send the pieces and read until the gateway closes, or `answers` complete responses came and nothing follows."""
    started = time.monotonic()
    line = connected(port, address, tls)
    received = bytearray()
    closed = hung = False
    try:
        with contextlib.suppress(OSError):  # the gateway may close while we still send
            for piece in pieces:
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    line.sendall(piece)
            if half_close and tls is None:
                line.shutdown(socket.SHUT_WR)
        deadline = started + seconds
        while True:
            found = parsed(bytes(received), method)
            enough = len(found) >= answers and all(one.complete for one in found[:answers])
            # After enough answers: a moment for what must not follow.
            line.settimeout(
                max(0.001, min(0.03, deadline - time.monotonic()) if enough else deadline - time.monotonic())
            )
            try:
                more = line.recv(65536)
            except TimeoutError:
                hung = not enough
                break
            except OSError:
                closed = True
                break
            if not more:
                closed = True
                break
            received += more
    finally:
        line.close()
    raw = bytes(received)
    return Heard(tuple(parsed(raw, method)), raw, closed, hung, time.monotonic() - started)


_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n")


def parsed(raw: bytes, method: str = "POST") -> list[Answer]:
    """The responses in a stream of bytes; interim ones are left out."""
    found: list[Answer] = []
    while raw:
        head, mark, rest = raw.partition(b"\r\n\r\n")
        status = _STATUS.match(head + b"\r\n")
        if not mark or status is None:
            found.append(Answer(int(status[1]) if status else -1, {}, raw, complete=False))
            break
        lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        headers = {name.decode("latin-1").lower(): value.strip().decode("latin-1") for name, _, value in lines}
        code = int(status[1])
        if code < 200:
            raw = rest
            continue
        body, raw, complete = _body(headers, rest, bodiless=code in (204, 304) or method == "HEAD")
        found.append(Answer(code, headers, body, complete))
        if not complete:
            break
    return found


def _body(headers: dict[str, str], rest: bytes, *, bodiless: bool) -> tuple[bytes, bytes, bool]:
    if bodiless:
        return b"", rest, True
    if headers.get("transfer-encoding") == "chunked":
        return _chunks(rest)
    length = int(headers.get("content-length", "0"))
    return rest[:length], rest[length:], len(rest) >= length


def _chunks(rest: bytes) -> tuple[bytes, bytes, bool]:
    body = b""
    while True:
        size, mark, after = rest.partition(b"\r\n")
        if not mark:
            return body, b"", False
        length = int(size, 16)
        if not length:
            return body, after[2:], after.startswith(b"\r\n")
        if len(after) < length + 2:
            return body + after[:length], b"", False
        body, rest = body + after[:length], after[length + 2 :]


def still_open(lines: Sequence[socket.socket], deadline: float) -> int:
    """How many connections the gateway has not ended by `deadline` (monotonic); closes them all."""
    count = 0
    for line in lines:
        line.settimeout(max(0.05, deadline - time.monotonic()))
        try:
            while line.recv(1 << 20):
                line.settimeout(max(0.05, deadline - time.monotonic()))
        except TimeoutError:
            count += 1
        except OSError:
            pass  # ended, and not politely
        finally:
            line.close()
    return count


def received(line: socket.socket, seconds: float = 10.0) -> bytes:
    """All that comes on a connection until the gateway ends it; closes it."""
    raw = b""
    line.settimeout(seconds)
    with contextlib.suppress(OSError):
        while more := line.recv(65536):
            raw += more
    line.close()
    return raw
