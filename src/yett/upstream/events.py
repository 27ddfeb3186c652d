"""An HTTP event stream as arrivals: decoded as it comes, each message parsed strictly, heard, and given on at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from yett import telemetry
from yett.core.message import Reply
from yett.core.verdict import Deny
from yett.errors import PeerError, UpstreamError, UpstreamProtocolError
from yett.protocol import jsonrpc
from yett.protocol.event_ids import EventIds
from yett.protocol.jsonrpc import Bounds
from yett.protocol.sse import Decoder, Event
from yett.upstream.ear import Ear
from yett.upstream.upstream import Arrival

_SIGN_SECONDS: Final = 1.0
"""At most one comment in this time is passed on: a flood of them must not become a flood of ours."""
_LEFTOVER_SECONDS: Final = 0.05
_LEFTOVER_BYTES: Final = 64 * 1024


class Events:
    """Iterates over one response's event stream; ends with the reply, or where the server ends it.

    `ids` is given where the stream can be resumed. A server may then close it before the reply, and the rest comes on
    another stream; without ids an end before the reply is an error.
    """

    def __init__(
        self, server: str, chunks: AsyncIterator[bytes], ear: Ear, bounds: Bounds, ids: EventIds | None
    ) -> None:
        self._server = server
        self._chunks = chunks
        self._ear = ear
        self._bounds = bounds
        self._ids = ids
        self._awaited = ear.awaits_reply
        self._resumable = False
        self._decoder = Decoder(bounds.bytes + 4096)
        self._arrived: deque[Arrival] = deque()
        self._signed_at = 0.0

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Arrival:
        while not self._arrived:
            if self._awaited and not self._ear.awaits_reply:
                raise StopAsyncIteration
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self._end()
                raise StopAsyncIteration
            for event in self._decoder.feed(chunk):
                self._take(event)
        return self._arrived.popleft()

    async def finish(self) -> None:
        """Let the server end a stream that has said all, so that its connection can be used again."""
        if not self._awaited or self._ear.awaits_reply:
            return
        size = 0
        try:
            async with asyncio.timeout(_LEFTOVER_SECONDS):
                async for chunk in self._chunks:
                    size += len(chunk)
                    if size > _LEFTOVER_BYTES:
                        return
        except (TimeoutError, PeerError, UpstreamError):
            return

    def _end(self) -> None:
        self._decoder.end()
        if self._ear.awaits_reply and not self._resumable:
            raise UpstreamProtocolError("the server ended its event stream without the reply")

    def _take(self, event: Event) -> None:
        if self._awaited and not self._ear.awaits_reply:
            # After the reply nothing belongs to this answer any more.
            telemetry.DROPPED.add(self._server, "after-reply")
            return
        event_id = self._ids.ours(event.id) if self._ids is not None and event.id else ""
        self._resumable = self._resumable or bool(event_id)
        arrival = self._arrival(event, event_id)
        if arrival is not None:
            self._arrived.append(arrival)
        elif event_id:
            self._arrived.append(Arrival(message=None, event_id=event_id, retry=event.retry))
        elif event.data is None and self._may_sign():
            self._arrived.append(Arrival(message=None))

    def _arrival(self, event: Event, event_id: str) -> Arrival | None:
        if event.data is None:
            return None
        if event.event != "message":
            telemetry.DROPPED.add(self._server, "event-type")
            return None
        parsed = jsonrpc.parse(event.data, self._bounds, from_server=True)
        if isinstance(parsed, Deny):
            raise UpstreamProtocolError(f"an event of the server's is no message: {parsed.reason.code}")
        message = parsed.message
        if isinstance(message, Reply) and message.id is None:
            message = self._ear.complaint(message)
        heard = self._ear.hear(message)
        if heard is None:
            return None
        return Arrival(
            message=heard,
            encoded=parsed.encoded if heard is parsed.message else b"",
            event_id=event_id,
            retry=event.retry if event_id else None,
        )

    def _may_sign(self) -> bool:
        now = time.monotonic()
        if now - self._signed_at < _SIGN_SECONDS:
            return False
        self._signed_at = now
        return True
