"""Asking: one HTTP request over a connection of its own, exactly as it is given, and a bounded look at the answer.

The wire's own client refuses to send what a probe is about (a foreign `Host`, two equal headers) and to read what it
finds (answers of careless servers), so this one does neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

HEAD: Final = 64 * 1024
BODY: Final = 512 * 1024
SECONDS: Final = 10.0
"""For one request with its answer."""
_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """The endpoint: where to connect, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back. `status` 0: nothing that is HTTP, and `trouble` says why."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    trouble: str = ""


async def ask(
    where: Where,
    *,
    method: str = "POST",
    path: str = "",
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Ask once. Never raises for what the server does."""
    lines = [f"{method} {path or where.path} HTTP/1.1"]
    if not any(name.lower() == "host" for name, _ in headers):
        lines.append(f"Host: {where.authority}")
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    request = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace") + body
    try:
        async with asyncio.timeout(SECONDS):
            return await _exchange(where, request, tls)
    except TimeoutError:
        return Answer(status=0, trouble="no answer in time")
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        return Answer(status=0, trouble=_words(error))


async def _exchange(where: Where, request: bytes, tls: ssl.SSLContext | None) -> Answer:
    name = where.host if tls is not None else None
    reader, writer = await asyncio.open_connection(where.host, where.port, ssl=tls, server_hostname=name, limit=HEAD)
    try:
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, headers = _head(head)
        content = b"" if status in {204, 304} else await _body(reader, headers)
        return Answer(status=status, headers=headers, text=content.decode("utf-8", "replace"))
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


def _head(head: str) -> tuple[int, dict[str, str]]:
    first, *rest = head.split("\r\n")
    version, _, status = first.partition(" ")
    if not version.startswith("HTTP/1.") or not status[:3].isdigit():
        raise ValueError("the answer is not HTTP/1")
    headers: dict[str, str] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return int(status[:3]), headers


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """At most `BODY` bytes; of an event stream, up to its first whole answer."""
    stream = headers.get("content-type", "").startswith(_STREAM)
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    length = int(headers.get("content-length", "-1")) if headers.get("content-length", "").isdigit() else -1
    content = b""
    while len(content) < BODY:
        if chunked:
            piece = await _chunk(reader)
        else:
            piece = await reader.read(min(65_536, BODY if length < 0 else length - len(content)))
        if not piece:
            break
        content += piece
        if 0 <= length <= len(content) or (stream and _answered(content)):
            break
    return content


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    size = int((await reader.readline()).split(b";")[0].strip() or b"0", 16)
    if not 0 < size <= BODY:
        return b""
    piece = await reader.readexactly(size)
    await reader.readline()
    return piece


def _answered(content: bytes) -> bool:
    """Whether an event stream has brought an answer: an event with a result or an error, and its end."""
    whole = content.replace(b"\r\n", b"\n").rpartition(b"\n\n")[0]
    return b'"result"' in whole or b'"error"' in whole


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"tls: {(error.reason or 'failed').lower().replace('_', ' ')}"
    if isinstance(error, asyncio.IncompleteReadError):
        return "the connection ended"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
