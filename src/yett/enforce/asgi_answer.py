"""The embedded mode's way back to a client: what the gateway says, as ASGI events of somebody else's server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from yett.errors import DownstreamGone
from yett.upstream.app_pool import Send
from yett.wire import fields
from yett.wire.http import Header

_WITHOUT_CONTENT: Final = frozenset({204, 304})


class AsgiAnswer:
    """Answers one request. Whole answers and the end of streams go out with `flush()`; pieces go out at once.

    A client that leaves a piece unread for `seconds` is taken for gone: the server's `send` waits for it.
    """

    def __init__(self, send: Send, *, seconds: float) -> None:
        self.started = False
        self.finished = False
        self._send = send
        self._seconds = seconds
        self._head: tuple[int, Sequence[Header]] | None = None
        self._body: bytes | None = None
        self._ended = False
        self._turn = asyncio.Lock()

    def send(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """Take a whole answer."""
        self._begin(status, headers)
        self._body = body
        self.finished = True

    def start(self, status: int, headers: Sequence[Header]) -> None:
        """Take the head of a stream."""
        self._begin(status, headers)

    async def write(self, chunk: bytes) -> None:
        """Send a piece of a stream; returns when the server can take more. Raises `DownstreamGone`."""
        if not self.started or self.finished:
            raise RuntimeError("the stream is not open")
        async with self._turn:
            await self._send_head()
            if chunk:
                await self._out({"type": "http.response.body", "body": chunk, "more_body": True})

    def finish(self) -> None:
        """Note the end of a stream."""
        if not self.started:
            raise RuntimeError("the stream is not open")
        self.finished = True

    def over(self) -> None:
        """Nothing: whoever serves the request waits for the end of its answer."""

    async def flush(self) -> None:
        """Send what was only taken until now. Raises `DownstreamGone`."""
        if not self.started or self._ended:
            return
        async with self._turn:
            self._ended = True
            await self._send_head()
            await self._out({"type": "http.response.body", "body": self._body or b"", "more_body": False})

    def _begin(self, status: int, headers: Sequence[Header]) -> None:
        if self.started:
            raise RuntimeError("the answer has begun already")
        fields.encode(headers)  # raises `ValueError` for what must not be sent; servers check less
        self._head = (status, headers)
        self.started = True

    async def _send_head(self) -> None:
        if self._head is None:
            return
        (status, headers), self._head = self._head, None
        sent = [*headers]
        if self._body is not None and status not in _WITHOUT_CONTENT:
            sent.append((b"content-length", b"%d" % len(self._body)))
        await self._out({"type": "http.response.start", "status": status, "headers": sent})

    async def _out(self, event: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(event)
        except TimeoutError:
            raise DownstreamGone(f"the client left an answer unread for {self._seconds:g} seconds") from None
        except OSError as error:  # ASGI 2.4: `send` raises one when the client is gone
            raise DownstreamGone("the client is gone") from error
