"""What a request says before its body: read once, for a connection's heads come again and again."""

from __future__ import annotations

from yett.core.certificate import Certificate
from yett.core.exchange import Channel, Exchange
from yett.core.message import Message
from yett.core.pipeline import Pipeline
from yett.core.verdict import Deny
from yett.enforce.lane import Lanes
from yett.identity.credentials import Credentials, Presented
from yett.protocol import headers as mcp
from yett.protocol.headers import McpHeaders, Story
from yett.wire.http import Header


class Preface:
    """The headers of a request, where it came in and where it goes. Everything read from them is read when asked for.

    Who the `credentials` belong to is asked for every request anew, so that a revocation holds at once. Deriving all
    this again would cost each call 5 us.
    """

    __slots__ = ("_guards", "_mcp", "_refused", "channel", "credentials", "headers", "lanes", "server")

    def __init__(
        self,
        channel: Channel,
        server: str,
        headers: tuple[Header, ...],
        certificate: Certificate | None = None,
        presented: Presented | None = None,
    ) -> None:
        self.channel = channel
        self.server = server
        self.headers = headers
        self.lanes = Lanes()
        authorization = tuple([value for name, value in headers if name == b"authorization"])
        self.credentials = Credentials(
            authorization=authorization, server=server, certificate=certificate, presented=presented
        )
        self._mcp: McpHeaders | Deny | None = None
        self._guards: Pipeline | None = None
        self._refused: Deny | None = None

    def mcp(self) -> McpHeaders | Deny:
        """The MCP headers, or why they are refused."""
        if self._mcp is None:
            self._mcp = mcp.read(self.headers)
        return self._mcp

    def story(self, headers: McpHeaders, message: Message) -> Story | Deny:
        """Tell the era of the message that followed, where the headers agree with it."""
        return mcp.reconcile(headers, message)

    def refused_by(self, guards: Pipeline) -> Deny | None:
        """What the ADMIT guards say. They see channel and server alone, so their answer holds as long as they do."""
        if guards is not self._guards:
            self._refused = guards.admit(Exchange(id="", received_at=0.0, channel=self.channel, server=self.server))
            self._guards = guards
        return self._refused
