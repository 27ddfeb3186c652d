"""Everything that is said with one server process: who waits for what, and where a message of the server's goes.

A conversation belongs to one legacy session, or is shared by all modern calls. In a shared one nothing is passed on
that does not name the call it belongs to: it could be anybody's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from yett import telemetry
from yett.core.exchange import Era
from yett.core.message import Message, Notification, Reply, Request
from yett.core.verdict import Deny
from yett.errors import UpstreamProtocolError, UpstreamUnavailable
from yett.protocol import jsonrpc
from yett.protocol.jsonrpc import Bounds
from yett.protocol.relay import CANCELLED, Heard, Relay
from yett.protocol.session import Stage
from yett.state.sessions import Session
from yett.upstream.child import Child, ChildLimits
from yett.upstream.command import Command
from yett.upstream.ear import dropped
from yett.upstream.lines import Overlong
from yett.upstream.mailbox import Mailbox
from yett.upstream.upstream import Arrival

STRIKES: Final = 3
"""Lines in a row that are no messages, or break the protocol, before the server is given up."""
PENDING: Final = 256
PENDING_BYTES: Final = 8 * 1024 * 1024
"""What a legacy session keeps while its client listens nowhere; the oldest goes first."""

# What a server says while it works on something, rather than to announce a change.
_ABOUT_WORK: Final = frozenset({"notifications/message", "notifications/progress"})


class Conversation:
    """Owns its process. `on_over` is called once, at the end, with whether the process died of itself."""

    def __init__(self, server: str, session: Session | None, on_over: Callable[[Conversation, bool], None]) -> None:
        self.server = server
        self.session = session
        self.greeted = False
        """Whether the server ever replied without an error: then it works, in this era."""
        self._era = Era.MODERN if session is None else Era.LEGACY
        self._relay = Relay(Era.MODERN) if session is None else session.relay
        self._on_over = on_over
        self._child: Child | None = None
        self._calls: dict[int, Mailbox] = {}
        self._listener: Mailbox | None = None
        self._pending: deque[tuple[Arrival, int]] = deque()
        self._pending_bytes = 0
        self._strikes = 0
        self._why = ""

    async def start(self, command: Command, limits: ChildLimits) -> None:
        """Start the process. Raises `UpstreamUnavailable`."""
        self._bounds = Bounds(bytes=limits.line_bytes, nodes=1_000_000, depth=128, exact=True)
        self._child = await Child.start(
            self.server, command, limits=limits, on_line=self._hear_line, on_end=self._hear_end
        )

    async def stop(self) -> None:
        """End the process and everything that waits for it."""
        self._break_off("the server process was ended", died=False)
        if self._child is not None:
            await self._child.stop()

    @property
    def over(self) -> bool:
        """Whether the conversation has ended."""
        return bool(self._why)

    @property
    def pid(self) -> int:
        """The process id, of the keeper where there is one."""
        return self._child.pid if self._child is not None else 0

    # What the client's side says.

    async def ask(self, request: Request, mailbox: Mailbox) -> int:
        """Send a request; what comes for it arrives in the mailbox. `leave` the call when done; this is its number."""
        child = self._alive()
        asked = self._relay.ask(request)
        if not isinstance(asked.id, int):  # it is one of ours, which are
            raise UpstreamProtocolError("an upstream id is not an integer")
        self._calls[asked.id] = mailbox
        try:
            await child.send(jsonrpc.encode(asked) + b"\n")
        except BaseException:
            self.leave(asked.id)
            raise
        self._hand_over(mailbox)
        return asked.id

    async def say(self, message: Notification | Reply, encoded: bytes) -> None:
        """Send what expects no reply, translated; nothing, when it is about something unknown here."""
        child = self._alive()
        if isinstance(message, Reply):
            answer = self._relay.answer(message)
            if answer is not None:
                await child.send(jsonrpc.encode(answer) + b"\n")
            return
        told = self._relay.tell(message)
        if told is None:
            self._drop("unknown-reference")
            return
        unchanged = told.message is message and encoded
        await child.send((encoded if unchanged else jsonrpc.encode(told.message)) + b"\n")
        if told.cancels is not None and told.cancels in self._calls:
            # Not every server replies to what was cancelled; the client does not wait for it.
            self._calls[told.cancels].end()

    def leave(self, call: int) -> None:
        """Nobody waits for this call any more. In the modern era the server is told, if it still works on it."""
        self._calls.pop(call, None)
        unanswered = self._relay.leave(call)
        if unanswered and self.session is None and self._child is not None:
            word = Notification(method=CANCELLED, params={"requestId": call, "reason": "the client left"})
            # Without waiting: the caller may be gone already. A server whose pipe is full hears nothing anyway.
            self._child.write(jsonrpc.encode(word) + b"\n")

    def listen(self, seconds: float) -> Mailbox:
        """Open the session's general stream. A newer one takes the place of an older one, whose client is gone."""
        self._alive()
        if self._listener is not None:
            self._listener.end()
        self._listener = Mailbox(seconds)
        self._hand_over(self._listener)
        return self._listener

    def unlisten(self, mailbox: Mailbox) -> None:
        """Close the general stream, unless it was replaced."""
        if self._listener is mailbox:
            self._listener = None

    # What the server says.

    def _hear_line(self, line: bytes | Overlong) -> None:
        if isinstance(line, Overlong):
            self._strike("line-too-long")
            return
        parsed = jsonrpc.parse(line, self._bounds, from_server=True)
        if isinstance(parsed, Deny):
            self._strike(parsed.reason.code)
            return
        message = self._attributed(parsed.message)
        if not self._violates_era(message) and dropped(self.server, message, self._era, self.session):
            return
        try:
            heard = self._relay.hear(message)
        except UpstreamProtocolError:
            self._strike("protocol-violation")
            return
        self._strikes = 0
        if heard is None:
            self._drop("unknown-reference")
            return
        encoded = parsed.encoded if heard.message is parsed.message else b""
        self._route(heard, Arrival(message=heard.message, encoded=encoded), len(line))

    def _violates_era(self, message: Message) -> bool:
        return self._era is Era.MODERN and isinstance(message, Request)

    def _attributed(self, message: Message) -> Message:
        """A complaint without id (the server could not read the request) is about the only call there is, if it is."""
        if isinstance(message, Reply) and message.id is None and self.session is not None and len(self._calls) == 1:
            return replace(message, id=next(iter(self._calls)))
        return message

    def _route(self, heard: Heard, arrival: Arrival, size: int) -> None:
        message = heard.message
        if heard.call is not None:
            mailbox = self._calls.get(heard.call)
            if mailbox is None:
                self._drop("call-left")
                return
            if heard.ends:
                self._relay.leave(heard.call)
            else:
                mailbox.put(arrival, size)
            if heard.ends or isinstance(message, Reply):
                self.greeted = self.greeted or (isinstance(message, Reply) and message.error is None)
                mailbox.end()
            return
        if self.session is None:
            self._drop("unattributed")
            return
        target = self._general(message)
        if target is None:
            self._keep(arrival, size)
        else:
            target.put(arrival, size)

    def _general(self, message: Message) -> Mailbox | None:
        """Where a message of a legacy server goes that names no call: to the latest open one, or who listens."""
        calls = [mailbox for mailbox in self._calls.values() if not mailbox.over]
        listener = self._listener if self._listener is not None and not self._listener.over else None
        if calls and (listener is None or isinstance(message, Request) or _is_about_work(message)):
            return calls[-1]
        return listener

    def _keep(self, arrival: Arrival, size: int) -> None:
        self._pending.append((arrival, size))
        self._pending_bytes += size
        while len(self._pending) > PENDING or self._pending_bytes > PENDING_BYTES:
            self._pending_bytes -= self._pending.popleft()[1]
            self._drop("nobody-listens")

    def _hand_over(self, mailbox: Mailbox) -> None:
        while self._pending:
            mailbox.put(*self._pending.popleft())
        self._pending_bytes = 0

    def _strike(self, what: str) -> None:
        self._drop(what)
        self._strikes += 1
        if self._strikes >= STRIKES:
            telemetry.warning("upstream.given-up", server=self.server, what=what)
            self._break_off(f"{STRIKES} lines in a row from the server were no messages ({what})", broken=True)

    def _drop(self, what: str) -> None:
        telemetry.DROPPED.add(self.server, what)

    # The end.

    def _hear_end(self, why: str) -> None:
        self._break_off(why)

    def _break_off(self, why: str, *, died: bool = True, broken: bool = False) -> None:
        if self._why:
            return
        self._why = why
        if self.session is not None:
            self.session.stage = Stage.ENDED
        for mailbox in [*self._calls.values(), *([self._listener] if self._listener is not None else [])]:
            mailbox.fail(UpstreamProtocolError(why) if broken else UpstreamUnavailable(why))
        self._on_over(self, died)

    def _alive(self) -> Child:
        if self._child is None or self._why:
            raise UpstreamUnavailable(self._why or "the server process was not started")
        return self._child


def _is_about_work(message: Message) -> bool:
    return isinstance(message, Notification) and message.method in _ABOUT_WORK
