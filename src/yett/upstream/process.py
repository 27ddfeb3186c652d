"""A server behind a command: one process per legacy session, and one that all modern calls share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import SystemRandom
from typing import Final, TypeAlias

from yett.core.exchange import Era
from yett.core.message import Message, Reply, Request
from yett.core.pipeline import Cleared
from yett.errors import PeerError, UpstreamEraError, UpstreamError, UpstreamUnavailable
from yett.guards.housekeeping import GATEWAY
from yett.protocol.session import Stage
from yett.state.sessions import Session
from yett.upstream import offer
from yett.upstream.backoff import Backoff
from yett.upstream.child import ChildLimits
from yett.upstream.command import Command
from yett.upstream.conversation import Conversation
from yett.upstream.mailbox import NOTHING, Mailbox
from yett.upstream.patience import Patience
from yett.upstream.upstream import Arrival, Call, Offer

_LISTEN: Final = "subscriptions/listen"
_INITIALIZE: Final = "initialize"
_SECOND_OPINION: Final = 5.0
"""Seconds that one era's probe gets after the other era was found to be spoken."""
_RANDOM: Final = SystemRandom()
_NOBODY: Final = ("", "")
_ERRANDS: Final = frozenset({_NOBODY, (GATEWAY.issuer, GATEWAY.subject)})
"""Owners of the gateway's own sessions: probes, and listings of tools."""
_RESERVED: Final = 3
"""Processes beyond the limit for these (a probe takes two): a server that cannot be asked has no tools for anybody."""

_Answer: TypeAlias = Reply | UpstreamError | PeerError


class ProcessUpstream:
    """Starts what it needs when it is needed. All processes are its own, and none survives `close()`.

    `random` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        name: str,
        command: Command,
        *,
        limits: ChildLimits | None = None,
        patience: Patience | None = None,
        max_processes: int = 64,
        random: Callable[[], float] = _RANDOM.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._command = command
        self._limits = limits or ChildLimits()
        self._patience = patience or Patience()
        self._max_processes = max_processes
        self._clock = clock
        self._backoff = Backoff(random)
        self._running: dict[Conversation, float | None] = {}
        """With the time each was started at, `None` for one whose death does not count."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._shared: Conversation | None = None
        self._sharing = asyncio.Lock()
        self._offer: Offer | None = None
        self._closed = False

    @property
    def processes(self) -> int:
        """How many processes there are now, those that are being ended included."""
        return len(self._running)

    def open(self, cleared: Cleared[Message], call: Call) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Send a cleared message to the session's process, or to the shared one."""
        if call.era is Era.MODERN:
            return self._open_modern(cleared.message)
        return self._open_legacy(cleared.message, cleared.encoded, call.session)

    @asynccontextmanager
    async def _open_modern(self, message: Message) -> AsyncIterator[AsyncIterator[Arrival]]:
        if not isinstance(message, Request):
            # `notifications/cancelled` is the only one there is, and over HTTP leaving is what cancels. Its id means
            # nothing in a process that several clients share.
            yield NOTHING
            return
        conversation = await self._shared_conversation()
        seconds = self._patience.listen if message.method == _LISTEN else self._patience.call
        async with _asking(conversation, message, Mailbox(seconds, first=self._patience.call)) as arrivals:
            yield arrivals

    @asynccontextmanager
    async def _open_legacy(
        self, message: Message, encoded: bytes, session: Session | None
    ) -> AsyncIterator[AsyncIterator[Arrival]]:
        if session is None:
            raise UpstreamEraError("a message of the legacy era came without a session")
        if isinstance(message, Request) and message.method == _INITIALIZE:
            async with self._greeting(session) as greeted, self._calling(greeted, message) as arrivals:
                yield arrivals
            return
        conversation = self._linked(session)
        if isinstance(message, Request):
            async with self._calling(conversation, message) as arrivals:
                yield arrivals
            return
        await conversation.say(message, encoded)
        yield NOTHING

    def _calling(
        self, conversation: Conversation, request: Request
    ) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        return _asking(conversation, request, Mailbox(self._patience.call))

    @asynccontextmanager
    async def _greeting(self, session: Session) -> AsyncIterator[Conversation]:
        """Start the session's process; end it again unless the server agrees to the session."""
        if session.link is not None:
            raise UpstreamUnavailable("the session has a server process already")
        conversation = await self._start(session)
        session.link = conversation
        try:
            yield conversation
        finally:
            if not conversation.greeted:
                session.link, session.stage = None, Stage.ENDED
                self._end_later(conversation)

    def _linked(self, session: Session) -> Conversation:
        conversation = session.link
        if not isinstance(conversation, Conversation):
            session.stage = Stage.ENDED
            raise UpstreamUnavailable("the session has no server process")
        if conversation not in self._running and not conversation.over:  # of the same name, under another configuration
            session.stage = Stage.ENDED
            raise UpstreamUnavailable("the session's server was configured anew")
        return conversation

    def listen(self, session: Session, last_event_id: str) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Give what the session's server says outside of calls. There are no event ids on a pipe to resume from."""
        return self._listen(session, last_event_id)

    @asynccontextmanager
    async def _listen(self, session: Session, last_event_id: str) -> AsyncIterator[AsyncIterator[Arrival]]:
        if last_event_id:
            raise UpstreamUnavailable("a server process has no streams to resume")
        conversation = self._linked(session)
        mailbox = conversation.listen(self._patience.listen)
        try:
            yield mailbox
        finally:
            conversation.unlisten(mailbox)

    async def end(self, session: Session) -> None:
        """End the session's process."""
        conversation, session.link = session.link, None
        if isinstance(conversation, Conversation):
            await asyncio.shield(self._end_later(conversation))

    async def close(self) -> None:
        """End all processes."""
        self._closed = True
        for conversation in list(self._running):
            self._end_later(conversation)
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def probe(self) -> Offer:
        """Ask in two processes that are thrown away: some servers exit on a first message they do not know.

        What a program speaks does not change while it is configured, so the answer is kept.
        """
        if self._offer is None:
            self._offer = await self._probe()
        return self._offer

    async def _probe(self) -> Offer:
        legacy = Session("probe", owner=_NOBODY, server=self.name)
        legacy.stage = Stage.INITIALIZING
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(self._try(None, offer.DISCOVER)),
                group.create_task(self._try(legacy, offer.INITIALIZE)),
            ]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            if _found(asked).eras:
                await asyncio.wait(asked, timeout=_SECOND_OPINION)
                for task in asked:
                    task.cancel()
        found = _found(asked)
        failures = [answer for answer in map(_answer, asked) if isinstance(answer, Exception)]
        if not found.eras and failures:
            raise failures[-1]
        return found

    async def _try(self, session: Session | None, question: Request) -> _Answer:
        try:
            conversation = await self._start(session, counted=session is not None)
            try:
                async with _asking(conversation, question, Mailbox(self._patience.probe)) as arrivals:
                    async for arrival in arrivals:
                        if isinstance(arrival.message, Reply):
                            return arrival.message
            finally:
                self._end_later(conversation)
        except (UpstreamError, PeerError) as error:
            return error
        return UpstreamUnavailable("the server did not reply")

    # Processes.

    async def _shared_conversation(self) -> Conversation:
        async with self._sharing:
            if self._shared is None or self._shared.over:
                self._shared = await self._start(None)
            return self._shared

    async def _start(self, session: Session | None, *, counted: bool = True) -> Conversation:
        """Start a process. `counted` is false where its death says nothing about the server's health."""
        if self._closed:
            raise UpstreamUnavailable("the gateway is closing")
        pause = self._backoff.remaining(self._clock())
        if pause:
            raise UpstreamUnavailable(f"the server process keeps ending; it is started again in {pause:.1f} seconds")
        self._check_room(session)
        conversation = Conversation(self.name, session, self._note_end)
        self._running[conversation] = self._clock() if counted else None
        try:
            await conversation.start(self._command, self._limits)
        except BaseException:
            del self._running[conversation]
            raise
        return conversation

    def _check_room(self, session: Session | None) -> None:
        """Refuse a process too many: in all, or of one caller, who must not take all of them."""
        most = self._max_processes
        errand = session is not None and session.owner in _ERRANDS
        if len(self._running) >= most + (_RESERVED if errand else 0):
            raise UpstreamUnavailable(f"{most} processes of this server are running already")
        if session is None or errand:
            return
        share = max(1, most // 2)
        own = sum(other.session is not None and other.session.owner == session.owner for other in self._running)
        if own >= share:
            raise UpstreamUnavailable(f"{own} of {most} processes of this server are this caller's already")

    def _note_end(self, conversation: Conversation, died: bool) -> None:  # noqa: FBT001 - a callback's one argument
        """The conversation is over. Whatever the cause, nothing of it may stay."""
        started_at = self._running.get(conversation)
        # A session that dies after the handshake dies alone: other clients' sessions may still be started.
        if died and started_at is not None and (conversation.session is None or not conversation.greeted):
            if conversation.greeted:
                # It served: a call that kills it must not shut all others out for longer each time.
                self._backoff.well()
            self._backoff.died(self._clock(), self._clock() - started_at)
        self._end_later(conversation)

    def _end_later(self, conversation: Conversation) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._ended(conversation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _ended(self, conversation: Conversation) -> None:
        await conversation.stop()
        self._running.pop(conversation, None)


@asynccontextmanager
async def _asking(
    conversation: Conversation, request: Request, mailbox: Mailbox
) -> AsyncIterator[AsyncIterator[Arrival]]:
    number = await conversation.ask(request, mailbox)
    try:
        await mailbox.ready()
        yield mailbox
    finally:
        conversation.leave(number)


def _found(asked: Sequence[asyncio.Task[_Answer]]) -> Offer:
    modern, legacy = map(_answer, asked)
    return offer.offered(
        offer.discovered(modern) if isinstance(modern, Reply) else (),
        offer.agreed(legacy) if isinstance(legacy, Reply) else (),
    )


def _answer(task: asyncio.Task[_Answer]) -> _Answer | None:
    return task.result() if task.done() and not task.cancelled() else None
