"""Event ids of resumable streams (legacy): ids of ours, bound to one session, that stand for the server's own.

A server's event ids may hold its session id or name other streams; a client that could send any of them could ask for
what belongs to somebody else.
"""

from __future__ import annotations

from typing import Final

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import UpstreamProtocolError

EVENT_UNKNOWN = Reason(
    code="session.event-unknown", kind=Kind.HTTP_BAD_REQUEST, public="there is nothing to resume after this event id"
)

EVENT_IDS: Final = 1_024
"""Event ids of one session that can be resumed from: the latest ones, over all its streams."""
_EVENT_ID_LENGTH: Final = 256


class EventIds:
    """The event ids a client sees, and the server's own, which it does not. `salt` is different in every session."""

    __slots__ = ("_next", "_salt", "_theirs")

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._next = 1
        self._theirs: dict[str, str] = {}

    def ours(self, theirs: str) -> str:
        """Return the id under which the client may resume from the server's event."""
        # It has to survive as a header's value when the client comes back.
        if len(theirs) > _EVENT_ID_LENGTH or not (
            theirs.isascii() and theirs.isprintable() and theirs == theirs.strip()
        ):
            raise UpstreamProtocolError(f"the server sent an event id of {len(theirs)} characters that cannot be used")
        ours = f"{self._salt}-{self._next}"
        self._next += 1
        self._theirs[ours] = theirs
        if len(self._theirs) > EVENT_IDS:
            del self._theirs[next(iter(self._theirs))]
        return ours

    def check(self, ours: str) -> Deny | None:
        """Refuse an id that leads nowhere: another session's, a made-up one, one from too long ago."""
        return None if ours in self._theirs else Deny(reason=EVENT_UNKNOWN)

    def theirs(self, ours: str) -> str | None:
        """Return the server's id; `None` for one that was not given to this session, or too long ago."""
        return self._theirs.get(ours)
