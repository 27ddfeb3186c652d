"""What every upstream is: something that takes a cleared message and gives back what the server said.

An upstream hides how its server is reached (HTTP, a child process, an ASGI app in this process) and which ids are
used on that leg. What comes out is in the client's own id space, parsed strictly, and not yet judged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from msgspec import Struct

from yett.core.exchange import Era, Tool
from yett.core.message import Message
from yett.core.pipeline import Cleared
from yett.state.sessions import Session
from yett.upstream.caller import Caller
from yett.wire.client import Response, Taker


class Arrival(Struct, frozen=True, kw_only=True):
    """One thing that came from the server.

    `message` is `None` for a sign of life without content: a keep-alive comment, or the priming event of a resumable
    stream. `encoded` is the message's canonical encoding where parsing already produced it and the ids needed no
    change. `event_id` and `retry` (milliseconds) are set where the server's stream carries them (legacy resumption);
    `event_id` is already in the gateway's own form. `status` is the HTTP status that the server chose for a reply it
    sent alone.
    """

    message: Message | None
    encoded: bytes = b""
    status: int = 200
    event_id: str = ""
    retry: int | None = None


class Call(Struct, frozen=True, kw_only=True):
    """What an upstream must know beside the message: its era, the session it belongs to, on whose behalf it is sent.

    `caller` is `None` for the gateway's own questions. It must be said: a caller's message must not go out as ours.
    """

    era: Era
    version: str
    session: Session | None = None
    tool: Tool | None = None
    caller: Caller | None


class Offer(Struct, frozen=True, kw_only=True):
    """What a server answered when it was asked which protocol versions it speaks. Empty: nothing that we understand.

    `eras` are those in which a client may try; `versions` are those that the server named.
    """

    eras: frozenset[Era] = frozenset()
    versions: tuple[str, ...] = ()


class Upstream(Protocol):
    """One MCP server, however it is reached.

    Every method may raise `UpstreamUnavailable`, `UpstreamTimeout`, `UpstreamProtocolError` or `UpstreamEraError`,
    and nothing else. No call is ever repeated once a byte of it was sent.
    """

    name: str

    async def probe(self) -> Offer:
        """Ask which eras the server speaks, without disturbing running calls."""
        ...

    def open(self, cleared: Cleared[Message], call: Call) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Send a cleared message; iterate over what comes back, ending with the reply to a request.

        Entering the context sends the message and returns once the server began to answer (or accepted, for
        notifications and client replies: then the iterator is empty). Leaving it early cancels what is unfinished as
        the era demands: by closing (modern HTTP), by `notifications/cancelled` (modern stdio), or not at all (legacy:
        the server runs on).
        """
        ...

    def listen(self, session: Session, last_event_id: str) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """The legacy GET stream: server messages that belong to no call, or what follows `last_event_id`."""
        ...

    async def end(self, session: Session) -> None:
        """End a legacy session on the server's side. Never raises for a session that is gone already."""
        ...

    async def close(self) -> None:
        """Release connections and processes; nothing of them survives this call."""
        ...


class Asked(Protocol):
    """A request that was sent, and whose answer is taken without waiting for it."""

    def arrival(self, response: Response) -> Arrival | None:
        """Return the reply, if it is the whole answer and lies here. Raises `UpstreamProtocolError`."""
        ...

    def stream(self, response: Response) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Return what `Upstream.open()` would have, for every other answer."""
        ...

    def release(self) -> None:
        """Say that the answer was read."""
        ...

    def abort(self) -> None:
        """Cancel what is unfinished, as the era demands."""
        ...


@runtime_checkable
class Prompt(Upstream, Protocol):
    """An upstream that can also be asked without waiting: what the usual call goes through."""

    def ask(self, cleared: Cleared[Message], call: Call, taker: Taker) -> Asked | None:
        """Send a modern request at once; `None` where that is not possible: then nothing was sent."""
        ...
