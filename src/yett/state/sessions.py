"""Legacy sessions: ids of ours, each bound to one caller and one server, in a bounded table."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final, TypeAlias

from yett.core.exchange import Principal
from yett.core.message import Message, Reply
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import StoreError
from yett.protocol.event_ids import EventIds
from yett.protocol.relay import Relay
from yett.protocol.session import Stage, client_sends

REPLY_UNASKED = Reason(
    code="session.reply-unasked", kind=Kind.ENVELOPE, public="this replies to nothing that was asked in this session"
)
SESSIONS_FULL = Reason(code="session.too-many", kind=Kind.LIMITED, public="too many open sessions")

ID_BYTES: Final = 24  # 192 bits; the specification asks for "globally unique and cryptographically secure"
_LEAST_BYTES: Final = 16

Owner: TypeAlias = tuple[str, str]
"""Issuer and subject. Not the token: sessions outlive a refresh (threats.md 2.11, class 2)."""


def owner_of(principal: Principal) -> Owner:
    """Return whom a session of this principal belongs to."""
    return (principal.issuer, principal.subject)


class Session:
    """One legacy session, living: the one value that several exchanges share and change.

    `link` is the upstream's own handle (its session id, its process): opaque to everybody else, never shown. `relay`
    and `events` stand between the client's ids and the server's. `busy` counts the exchanges and streams that are using
    the session now; a busy session is never idle. Whoever conducts the exchange moves `stage`; an upstream that lost
    the session sets it to `ENDED`.
    """

    __slots__ = (
        "__weakref__",
        "busy",
        "events",
        "id",
        "link",
        "owner",
        "relay",
        "seen_at",
        "server",
        "stage",
        "version",
    )

    def __init__(self, id: str, *, owner: Owner, server: str, seen_at: float = 0.0) -> None:  # noqa: A002 - its name
        self.id: Final = id
        self.owner: Final = owner
        self.server: Final = server
        self.version = ""
        self.stage = Stage.NEW
        self.link: object | None = None
        self.relay: Final = Relay()
        # Another one in every session, and nothing that leads back to the id.
        self.events: Final = EventIds(sha256(b"event ids of " + id.encode()).hexdigest()[:12])
        self.busy = 0
        self.seen_at = seen_at

    def order(self, message: Message) -> Stage | Deny:
        """Return the stage after the client's message, or why it may not come now."""
        if isinstance(message, Reply) and not self.relay.expects(message):
            return Deny(reason=REPLY_UNASKED)
        return client_sends(self.stage, message)

    def __repr__(self) -> str:
        # Without the id: whoever holds it and the caller's token is the session.
        return f"Session({self.server!r}, {self.stage.value})"


class Sessions:
    """All sessions of this process.

    A caller who opens more than `per_owner` loses the longest quiet one: many clients never say goodbye. Nobody
    loses a session to another caller.
    """

    def __init__(
        self,
        *,
        total: int = 10_000,
        per_owner: int = 100,
        idle_seconds: float = 1_800.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.per_owner = per_owner
        self.idle_seconds = idle_seconds
        self._clock = clock
        self._by_id: dict[str, Session] = {}
        self._by_owner: dict[Owner, OrderedDict[str, Session]] = {}
        self._displaced: list[Session] = []

    def __len__(self) -> int:
        return len(self._by_id)

    def new(self, random: bytes, owner: Owner, server: str) -> Session | Deny:
        """Open a session whose id is made of `random`: at least 128 bits from a cryptographic source."""
        if len(random) < _LEAST_BYTES:
            raise StoreError(f"a session id needs {_LEAST_BYTES} random bytes, not {len(random)}")
        own = self._by_owner.get(owner, OrderedDict())
        if len(own) >= self.per_owner and not self._displace(own):
            return Deny(reason=SESSIONS_FULL, detail=f"{len(own)} sessions of this caller are all in use")
        if len(self._by_id) >= self.total:
            return Deny(reason=SESSIONS_FULL, detail=f"the table holds {self.total} sessions")
        session = Session(
            urlsafe_b64encode(random).rstrip(b"=").decode(), owner=owner, server=server, seen_at=self._clock()
        )
        if session.id in self._by_id:
            raise StoreError("the random source repeats itself")
        self._by_id[session.id] = session
        self._by_owner.setdefault(owner, OrderedDict())[session.id] = session
        return session

    def find(self, id: str, owner: Owner, server: str) -> Session | None:  # noqa: A002 - the specification's word
        """Return the caller's session. Unknown, ended, another caller's and another server's look the same."""
        session = self._by_id.get(id)
        if session is None or session.owner != owner or session.server != server:
            return None
        self.keep(session)
        return session

    def keep(self, session: Session) -> None:
        """Note that the session was used just now."""
        own = self._by_owner.get(session.owner)
        if own is not None and session.id in own:
            session.seen_at = self._clock()
            own.move_to_end(session.id)

    @contextmanager
    def using(self, session: Session) -> Iterator[None]:
        """Keep the session from being idle while an exchange or a stream runs in it."""
        session.busy += 1
        try:
            yield
        finally:
            session.busy -= 1
            self.keep(session)

    def end(self, session: Session) -> None:
        """Forget a session, for good. Ending it on the server's side is the caller's task."""
        session.stage = Stage.ENDED
        self._by_id.pop(session.id, None)
        own = self._by_owner.get(session.owner)
        if own is not None:
            own.pop(session.id, None)
            if not own:
                del self._by_owner[session.owner]

    def reap(self) -> list[Session]:
        """Forget what was idle for too long, and return it with what was displaced: end these upstream."""
        horizon = self._clock() - self.idle_seconds
        for session in [s for s in self._by_id.values() if not s.busy and s.seen_at < horizon]:
            self.end(session)
            self._displaced.append(session)
        gone, self._displaced = self._displaced, []
        return gone

    def clear(self) -> list[Session]:
        """Forget every session, busy or not, and return them: the gateway is closing."""
        for session in list(self._by_id.values()):
            self.end(session)
            self._displaced.append(session)
        gone, self._displaced = self._displaced, []
        return gone

    def _displace(self, own: OrderedDict[str, Session]) -> bool:
        quiet = next((session for session in own.values() if not session.busy), None)
        if quiet is None:
            return False
        self.end(quiet)
        self._displaced.append(quiet)
        return True
