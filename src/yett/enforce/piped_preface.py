"""What a pipe says before a message: no headers, but whose it is, and which session it carries."""

from __future__ import annotations

from yett.core.exchange import Channel, Era
from yett.core.message import Message, Notification
from yett.core.verdict import Deny
from yett.enforce.preface import Preface
from yett.identity.credentials import Credentials
from yett.protocol import headers as mcp
from yett.protocol.headers import McpHeaders, Story


class PipedPreface(Preface):
    """A preface whose facts were not sent by the client. `session` is empty before the handshake."""

    __slots__ = ("_session",)

    def __init__(self, channel: Channel, server: str, credentials: Credentials, session: str) -> None:
        super().__init__(channel, server, ())
        self.credentials = credentials
        self._session = session

    def mcp(self) -> McpHeaders | Deny:
        """What headers would say: the pipe's session, and that a pipe takes everything."""
        return McpHeaders(session=self._session or None, accept_json=True, accept_sse=True)

    def story(self, headers: McpHeaders, message: Message) -> Story | Deny:  # noqa: ARG002 - a preface's signature
        """Tell the era by the message; a notification without `_meta` belongs to the session, where there is one."""
        if isinstance(message, Notification) and not self._session:
            # `notifications/cancelled` of 2026-07-28 carries no version.
            return Story(era=Era.MODERN, version=mcp.MODERN_VERSIONS[0])
        return mcp.era_of(message)
