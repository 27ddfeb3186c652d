"""What may be heard on one HTTP response, and in whose words: the rules that differ by era and by kind of stream.

An ear takes each message of the server's and returns it for the client, or `None` for what is dropped. It raises
`UpstreamProtocolError` for what a server must not send: then nothing of this answer is trusted any more.
"""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from yett import telemetry
from yett.core.exchange import Era
from yett.core.message import Id, Message, Notification, Reply, Request
from yett.errors import UpstreamProtocolError
from yett.protocol import methods
from yett.protocol.relay import PROGRESS, progress_token
from yett.protocol.session import server_may_send
from yett.state.sessions import Session


class Ear(Protocol):
    """Hears the messages of one response."""

    awaits_reply: bool
    """Whether the response is incomplete without a reply. Turns false with the reply."""

    def hear(self, message: Message) -> Message | None:
        """Return the message as the client knows it; `None` drops it."""
        ...

    def complaint(self, reply: Reply) -> Reply:
        """Return an error that came without an id as the answer to the request."""
        ...


class ModernEar:
    """The answer to one modern request. It is an exchange of its own, so the client's ids stay as they are."""

    __slots__ = ("_request", "_server", "awaits_reply")

    def __init__(self, server: str, request: Request) -> None:
        self.awaits_reply = True
        self._server = server
        self._request = request

    def hear(self, message: Message) -> Message | None:
        """Take the one reply, and notifications about this request."""
        if type(message) is Reply:
            if not same_id(message.id, self._request.id):
                raise UpstreamProtocolError("the server replied to a request that it was not sent")
            self.awaits_reply = False
            return message
        if type(message) is Request:
            raise UpstreamProtocolError(f"the server sent a request, `{message.method[:64]}`, which 2026-07-28 forbids")
        if dropped(self._server, message, Era.MODERN, None):
            return None
        return message if self._is_about_us(message) else None

    def complaint(self, reply: Reply) -> Reply:
        """Return the error under the request's id."""
        return replace(reply, id=self._request.id)

    def _is_about_us(self, message: Notification) -> bool:
        if message.method != PROGRESS:
            return True
        token = progress_token(self._request.params)
        if token is not None and same_id((message.params or {}).get("progressToken"), token):
            return True
        telemetry.DROPPED.add(self._server, "unknown-reference")
        return False


class CallEar:
    """The answer to one legacy request, whose upstream id is `call`."""

    __slots__ = ("_call", "_server", "_session", "awaits_reply", "succeeded")

    def __init__(self, server: str, session: Session, call: int) -> None:
        self.awaits_reply = True
        self.succeeded = False
        """Whether the reply came and is no error."""
        self._server = server
        self._session = session
        self._call = call

    def hear(self, message: Message) -> Message | None:
        """Take the one reply, and whatever the server says or asks meanwhile."""
        if type(message) is Reply:
            if not same_id(message.id, self._call):
                raise UpstreamProtocolError("the server replied to another request than the one it was sent")
            self.awaits_reply = False
            self.succeeded = message.error is None
        return _translated(self._server, self._session, message, replay=False)

    def complaint(self, reply: Reply) -> Reply:
        """Return the error under the call's upstream id."""
        return replace(reply, id=self._call)


class StreamEar:
    """The legacy GET stream. `resumed` marks one that goes on where another one broke off, replies included."""

    __slots__ = ("_resumed", "_server", "_session", "awaits_reply")

    def __init__(self, server: str, session: Session, *, resumed: bool) -> None:
        self.awaits_reply = False
        self._server = server
        self._session = session
        self._resumed = resumed

    def hear(self, message: Message) -> Message | None:
        """Take what the server says or asks; replies only where they are due here."""
        if type(message) is Reply and not self._resumed:
            # "MUST NOT send a JSON-RPC response on the stream unless resuming" (2025-11-25, transports).
            telemetry.DROPPED.add(self._server, "reply-out-of-place")
            return None
        return _translated(self._server, self._session, message, replay=self._resumed)

    def complaint(self, reply: Reply) -> Reply:
        """There is no request here that a server could complain about."""
        return reply


def dropped(server: str, message: Message, era: Era, session: Session | None) -> bool:
    """Tell whether a server may not send this, by the tables; count it if so."""
    refusal = methods.check_params(message, era, from_server=True)
    if refusal is not None:
        telemetry.DROPPED.add(server, refusal.reason.code)
        return True
    if session is not None and not server_may_send(session.stage, message):
        telemetry.DROPPED.add(server, "out-of-order")
        return True
    return False


def _translated(server: str, session: Session, message: Message, *, replay: bool) -> Message | None:
    if dropped(server, message, Era.LEGACY, session):
        return None
    heard = session.relay.hear(message, replay=replay)
    if heard is None:
        telemetry.DROPPED.add(server, "unknown-reference")
        return None
    return heard.message


def same_id(one: object, other: Id) -> bool:
    """Whether two ids are the same one: a number never is a text."""
    return type(one) is type(other) and one == other
