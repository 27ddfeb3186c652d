"""What all connections of one server share: who answers, how much is allowed, and who is here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from yett.wire.deadlines import Watch
from yett.wire.http import Incoming
from yett.wire.limits import ListenerLimits
from yett.wire.peers import Peers
from yett.wire.responder import Responder

Answer: TypeAlias = Coroutine[Any, Any, None] | asyncio.Future[None]
"""How a request is answered: by a coroutine, which gets a task, or by something that runs by itself and is done later
than now. The latter says `Responder.over()` at its end."""

Answerer: TypeAlias = Callable[[Incoming, Responder], Answer]
"""Answers one request. Cancelled when the client leaves before its answer is complete."""

Rejected: TypeAlias = Callable[[str, int, str], None]
"""Told of everything the wire refused by itself: the peer's address, the status, and words that quote nobody."""

_READ_BYTES: Final = 65_536


class Listener:
    """The shared part of a `Server`. `answer` and `limits` may be replaced while it runs."""

    def __init__(self, answer: Answerer, limits: ListenerLimits, on_reject: Rejected) -> None:
        self.answer = answer
        self.limits = limits
        self.on_reject = on_reject
        self.draining = False
        self.grace = 0.0
        """Seconds that a connection on which nothing is under way may stay while the server drains."""
        self.closed = False
        self.peers = Peers()
        self.exchanges: set[asyncio.Future[None]] = set()
        self.watch = Watch(lambda: self.limits.shortest)
        # One buffer for all: what is received is copied out before the loop turns to the next connection. It bounds
        # how much one read can bring, and costs idle connections nothing.
        self.buffer = memoryview(bytearray(_READ_BYTES))
