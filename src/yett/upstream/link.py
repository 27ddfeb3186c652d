"""What this side knows of a legacy session over HTTP: the server's id for it, which nobody else ever sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from yett.errors import UpstreamEraError, UpstreamProtocolError, UpstreamUnavailable
from yett.protocol.headers import UNSAID_VERSION
from yett.protocol.session import Stage
from yett.state.sessions import Session
from yett.upstream.caller import Caller
from yett.upstream.mailbox import Mailbox
from yett.upstream.upstream import Call
from yett.wire.client import Response
from yett.wire.http import Header

_SESSION: Final = b"mcp-session-id"
# "MUST only contain visible ASCII characters" (2025-11-25, transports); the length is ours: JWTs are used too.
_ID: Final = re.compile(rb"[\x21-\x7e]{1,4096}")
_OK: Final = range(200, 300)
_NOT_FOUND: Final = 404


class Link:
    """`headers` names the session to the server; empty where the server gave no id and keeps no session."""

    def __init__(self) -> None:
        self.headers: tuple[Header, ...] = ()
        self.opening = True
        """Until the server has agreed to the session."""
        self.caller: Caller | None = None
        """On whose behalf the session is used, as he last showed himself."""
        self._silences: set[Mailbox] = set()

    def __repr__(self) -> str:
        return "Link(***)"

    def learn(self, response: Response) -> None:
        """Take the session id from the answer to `initialize`: errors name sessions too, which do not exist."""
        if response.status not in _OK:
            return
        ids = [value for name, value in response.headers if name == _SESSION]
        if not ids:
            return
        if len(ids) > 1 or _ID.fullmatch(ids[0]) is None:
            raise UpstreamProtocolError("the server gave a session id that is none")
        self.headers = ((_SESSION, ids[0]),)

    @contextmanager
    def silence(self, seconds: float) -> Iterator[Mailbox]:
        """A stream on which nothing comes, and which ends with the session."""
        silence = Mailbox(seconds)
        self._silences.add(silence)
        try:
            yield silence
        finally:
            self._silences.discard(silence)

    def close(self) -> None:
        """End the streams that would go on in silence."""
        for silence in self._silences:
            silence.end()


def check_session(response: Response, link: Link, session: Session) -> None:
    """A terminated session MUST be answered with 404 (2025-11-25, transports, "Session Management")."""
    if response.status == _NOT_FOUND and link.headers:
        session.stage = Stage.ENDED
        raise UpstreamUnavailable("the server has ended the session")


def session_of(call: Call) -> Session:
    """The session that a message of the legacy era belongs to."""
    if call.session is None:
        raise UpstreamEraError("a message of the legacy era came without a session")
    return call.session


def version_line(session: Session) -> Header:
    """The protocol version that was agreed for a session, as a header."""
    return (b"mcp-protocol-version", (session.version or UNSAID_VERSION).encode())
