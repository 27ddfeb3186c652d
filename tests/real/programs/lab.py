"""What the Python servers of both SDK lines share: their state, an event store, and how they are served."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
from typing import Any

import uvicorn
from mcp.server.streamable_http import EventMessage, EventStore

REGIONS = ("eu-north", "eu-south", "us-east")
RETRY_MS = 100
"""How long a client waits before it resumes a stream."""
PAUSE = 0.05
"""Between the last progress and the result: the TypeScript clients drop progress that comes at the same moment."""
PIXEL = b"\x89PNG\r\n\x1a\n fifty bytes that are no picture at all, only bytes."


class Story:
    """What became of slow calls, by name: the only way to see from outside whether work went on."""

    def __init__(self) -> None:
        self.chapters: dict[str, list[str]] = {}

    def tell(self, name: str) -> str:
        return ", then ".join(self.chapters.get(name, ["nothing"]))

    @contextlib.asynccontextmanager
    async def of(self, name: str):
        chapters = self.chapters.setdefault(name, [])
        chapters.append("started")
        try:
            yield
        except asyncio.CancelledError:
            chapters.append("cancelled")
            raise
        chapters.append("finished")


class Memory(EventStore):
    """Every event of every stream, so that a cut stream can be resumed."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    async def store_event(self, stream_id: str, message: Any) -> str:
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id: str, send_callback: Any) -> str | None:
        number = int(last_event_id) if last_event_id.isdecimal() else 0
        if not 1 <= number <= len(self.events):
            return None
        stream_id = self.events[number - 1][0]
        for later, (stream, message) in enumerate(self.events[number:], number + 1):
            if stream == stream_id and message is not None:
                await send_callback(EventMessage(message, str(later)))
        return stream_id


def remember_by_session(manager: Any) -> None:
    """Give each session a store of its own.

    The SDKs number streams by request id, so sessions that share a store replay each other's replies.
    """

    class Manager(type(manager)):
        event_store = property(lambda _self: Memory())

    manager.__class__ = Manager


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stdio", action="store_true")
    return parser.parse_args()


async def serve(app: Any) -> None:
    """Serve on a free port; the first line on stdout is the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)  # noqa: T201
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[listener])
