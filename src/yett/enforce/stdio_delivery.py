"""The stdio mode's way to the client: one line a message, and nothing at all where no message answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from yett.config.runtime import Runtime
from yett.core.exchange import Exchange
from yett.core.message import Message, Request
from yett.core.pipeline import Cleared
from yett.core.verdict import Deny
from yett.enforce.delivery import Answering
from yett.enforce.http_delivery import caller_of, target_of
from yett.protocol import jsonrpc, refusal
from yett.protocol.farewell import farewell
from yett.upstream.upstream import Arrival

Write = Callable[[bytes], Awaitable[None]]
"""Writes a line, its end included. Raises `DownstreamGone`."""


class StdioDelivery:
    """Answers one line. `asked` is the client's message, `None` where its line was none."""

    def __init__(self, write: Write, runtime: Runtime, asked: Message | None) -> None:
        self.begun = False
        self.exchange: Exchange | None = None
        self.task: Answering | None = None
        self.cut = ""
        self.dismissed = False
        self.waiting = False
        self.anew = False
        self.runtime = runtime
        self.asked = asked
        self.taken = False
        """Whether a notification or a client's reply went through."""
        self.refused = False
        self.opened_session = ""
        """The id of the session that `initialize` opened. It stays here: a pipe is one session."""
        self._write = write

    def session(self, session_id: str) -> None:
        """Remember the new session; the client needs no id for it."""
        self.opened_session = session_id

    async def message(self, cleared: Cleared[Message], arrival: Arrival, *, last: bool) -> None:  # noqa: ARG002 - the protocol's signature
        """Send one cleared message."""
        self.begun = True
        await self._write((cleared.encoded or jsonrpc.encode(cleared.message)) + b"\n")

    async def alive(self, arrival: Arrival) -> None:
        """Nothing: a pipe does not give up waiting."""

    async def opened(self) -> None:
        """Nothing: on a pipe, the session's stream is always open."""
        self.begun = True

    async def accepted(self) -> None:
        """Nothing: on a pipe, only requests are answered."""
        self.begun = self.taken = True

    async def ended(self) -> None:
        """Nothing: a session on a pipe ends with the pipe."""

    async def refuse(self, deny: Deny, exchange: Exchange) -> None:
        """Answer a request, or a line that was no message; whoever said something else does not wait for an answer."""
        self.begun = self.refused = True
        if self.asked is not None and not isinstance(self.asked, Request):
            return
        # Refused before it was read, a request still needs an answer under its own id: a pipe has no status.
        answer = refusal.refuse(
            deny,
            request=exchange.request if self.asked is None else self.asked,
            reference=exchange.id,
            challenge=b"",
            caller=caller_of(exchange),
            target=target_of(exchange),
            era=exchange.era,
        )
        await self._write(answer.body + b"\n")

    async def farewell(self, exchange: Exchange) -> None:
        """Say the last word that the stream's era has for it."""
        reply = farewell(exchange.request)
        if reply is not None:
            await self._write(jsonrpc.encode(reply) + b"\n")

    async def finish(self) -> None:
        """Nothing: every line is whole."""
