"""Just enough of HTTP/1.1 to talk to the gateway and to notice every way in which an answer can break off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field


class BrokenOffError(Exception):
    """The connection ended before the answer did. `begun` tells whether there was anything of it."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__(
            "the connection ended within the answer" if begun else "the connection ended without an answer"
        )
        self.begun = begun


@dataclass
class Response:
    """A head, and the body as far as it was read."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    stamps: list[float] = field(default_factory=list)

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection after it."""
        return self.headers.get("connection", "").lower() == "close"


class Line:
    """One connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.usable = True

    @classmethod
    async def to(cls, port: int) -> Line:
        """Connect. Raises `OSError`."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=16 * 1024 * 1024))

    async def ask(
        self, request: bytes, response: Response | None = None, *, begun: Callable[[], None] = lambda: None
    ) -> Response:
        """Send a request, read its whole answer. Raises `BrokenOffError`; `response` then holds what there was.

        `begun` is called when the head has come.
        """
        found = response or Response(status=0, headers={})
        self.usable = False
        try:
            self.writer.write(request)
            await self.writer.drain()
            await self._read_head(found)
            begun()
            if found.headers.get("transfer-encoding") == "chunked":
                await self._read_chunks(found)
            else:
                found.body = await self.reader.readexactly(int(found.headers.get("content-length", "0")))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise BrokenOffError(begun=bool(found.status)) from error
        self.usable = not found.closes
        if found.closes:
            self.close()
        return found

    async def _read_head(self, found: Response) -> None:
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        found.status = int(first.split()[1])
        found.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    async def _read_chunks(self, found: Response) -> None:
        loop = asyncio.get_running_loop()
        while True:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            chunk = await self.reader.readexactly(size + 2)
            if not size:
                return
            found.body += chunk[:-2]
            found.stamps.append(loop.time())

    def close(self) -> None:
        """Let go."""
        self.usable = False
        self.writer.close()


async def fetched(port: int, method: str, path: str) -> tuple[int, str]:
    """A plain answer of the admin listener; status 0 where nobody answers."""
    request = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nx-yett-reload: 1\r\n"
    request += "content-length: 0\r\n" if method == "POST" else ""
    with contextlib.suppress(OSError, BrokenOffError):
        line = await Line.to(port)
        try:
            response = await line.ask(request.encode() + b"connection: close\r\n\r\n")
        finally:
            line.close()
        return response.status, response.body.decode()
    return 0, ""
