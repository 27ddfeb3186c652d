"""How an exchange's answer reaches the client: the one thing that differs between the modes."""

from __future__ import annotations

from typing import Protocol

from yett.config.runtime import Runtime
from yett.core.exchange import Exchange
from yett.core.message import Message
from yett.core.pipeline import Cleared
from yett.core.verdict import Deny
from yett.upstream.upstream import Arrival


class Answering(Protocol):
    """Who answers: a task, or something that is called back."""

    def cancel(self) -> object:
        """End it."""
        ...

    def uncancel(self) -> int:
        """Take one cancellation back; return how many are left."""
        ...


class Delivery(Protocol):
    """Takes cleared messages and refusals, nothing else.

    `begun` tells that something was sent: from then on a refusal can only be a message in the stream. `exchange` is
    what is being answered, once it is established, and `task` who answers; `cut` says why the answer was ended from our
    side, or is empty. `dismissed` tells that this was no refusal: the client gets a proper end. `waiting`
    tells that the message is not judged yet, and nothing recorded; `anew`, that it has to be judged by what holds now.
    """

    runtime: Runtime
    begun: bool
    exchange: Exchange | None
    task: Answering | None
    cut: str
    dismissed: bool
    waiting: bool
    anew: bool

    async def message(self, cleared: Cleared[Message], arrival: Arrival, *, last: bool) -> None:
        """Send one server message; `last` marks the reply that ends the exchange."""
        ...

    async def alive(self, arrival: Arrival) -> None:
        """Pass on a sign of life (a keep-alive comment, a priming event)."""
        ...

    async def accepted(self) -> None:
        """Say that a notification or a client's reply was taken."""
        ...

    async def ended(self) -> None:
        """Say that the session is over, as the client asked."""
        ...

    async def refuse(self, deny: Deny, exchange: Exchange) -> None:
        """Say no, before or within a stream."""
        ...

    async def farewell(self, exchange: Exchange) -> None:
        """End a stream that has no end of its own, in good order."""
        ...

    async def opened(self) -> None:
        """Begin a stream that has nothing to say yet (the legacy GET stream)."""
        ...

    async def finish(self) -> None:
        """End the answer; whatever was begun is complete now."""
        ...

    def session(self, session_id: str) -> None:
        """Tell the client its new legacy session, with the answer that follows."""
        ...
