"""Errand: the few harmless questions that an audit asks a server, each cleared by a pipeline that knows no others."""

from __future__ import annotations

import secrets
import time
from typing import Any, ClassVar, Final

from yett import __version__
from yett.core.exchange import Channel, Entrance, Era, Exchange, Principal
from yett.core.guard import Guard, Phase
from yett.core.message import JsonObject, Message, Notification, Reply, Request
from yett.core.pipeline import Guarded, Pipeline
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Verdict
from yett.errors import UpstreamProtocolError
from yett.protocol import methods
from yett.protocol.headers import LEGACY_VERSIONS, MODERN_VERSIONS
from yett.protocol.session import Stage, server_answers
from yett.state.sessions import ID_BYTES, Session
from yett.upstream.upstream import Call, Upstream

NOT_A_QUESTION = Reason(code="audit.not-a-question", kind=Kind.DENIED, public="an audit does not do this")
AUDITOR: Final = Principal(issuer="yett", subject="auditor")
QUESTIONS: Final = frozenset(
    {
        *("initialize", "notifications/initialized", "server/discover"),
        *("tools/list", "prompts/list", "resources/list", "resources/templates/list"),
    }
)
# Some servers show tools only to clients that can answer questions; listing asks none.
_ABLE: Final[JsonObject] = {"sampling": {}, "elicitation": {"form": {}, "url": {}}, "roots": {}}
_CLIENT: Final[JsonObject] = {"name": "yett-audit", "version": __version__}


class Questions(Guard):
    """Nothing leaves an audit that could change something: no tool is called, no resource read."""

    name: ClassVar[str] = "questions"
    phase: ClassVar[Phase] = Phase.AUTHORIZE

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Let the questions of the audit pass."""
        message = exchange.request
        if exchange.principal != AUDITOR or isinstance(message, Reply) or message.method not in QUESTIONS:
            return Deny(reason=NOT_A_QUESTION)
        return ALLOW


_PIPELINE: Final = Pipeline([Guarded(guard=Questions())], subject=methods.subject)


class Errand:
    """A conversation with one server, in one era. `era` and `info` are known once it began."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._session: Session | None = None
        self._number = 0
        self.version = MODERN_VERSIONS[0]
        self.info: dict[str, Any] = {}

    @property
    def era(self) -> Era:
        """The era that is spoken."""
        return Era.MODERN if self._session is None else Era.LEGACY

    async def begin(self) -> None:
        """Find the era, and shake hands where it demands that. Raises UpstreamError or PeerError."""
        offer = await self._upstream.probe()
        if Era.MODERN in offer.eras and offer.versions and offer.versions[0] in MODERN_VERSIONS:
            self.version = offer.versions[0]
            self.info = await self.ask("server/discover", {})
            return
        if Era.LEGACY not in offer.eras:
            raise UpstreamProtocolError("the server speaks no protocol version that we know")
        await self._shake_hands()

    async def ask(self, method: str, params: JsonObject) -> dict[str, Any]:
        """Ask, and return the result. An error of the server's is an UpstreamProtocolError that names its code."""
        self._number += 1
        if self._session is None:
            params = {
                **params,
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": self.version,
                    "io.modelcontextprotocol/clientCapabilities": _ABLE,
                    "io.modelcontextprotocol/clientInfo": _CLIENT,
                },
            }
        request = Request(id=f"yett-audit-{self._number}", method=method, params=params)
        async with self._upstream.open(self._cleared(request), self._call()) as arrivals:
            async for arrival in arrivals:
                reply = arrival.message
                if isinstance(reply, Reply) and reply.id == request.id:
                    if reply.error is not None:
                        raise UpstreamProtocolError(f"the server answered `{method}` with error {reply.error.code}")
                    if not isinstance(reply.result, dict):
                        raise UpstreamProtocolError(f"the server answered `{method}` with something that is no object")
                    return reply.result
        raise UpstreamProtocolError(f"the server ended its answer to `{method}` without the reply")

    async def end(self) -> None:
        """Leave: a legacy session is ended on the server's side."""
        if self._session is not None:
            await self._upstream.end(self._session)

    async def _shake_hands(self) -> None:
        session = Session(
            secrets.token_hex(ID_BYTES), owner=(AUDITOR.issuer, AUDITOR.subject), server=self._upstream.name
        )
        session.stage = Stage.INITIALIZING
        self._session = session
        self.version = LEGACY_VERSIONS[0]
        hello = {"protocolVersion": self.version, "capabilities": _ABLE, "clientInfo": _CLIENT}
        self.info = await self.ask("initialize", hello)
        agreed = self.info.get("protocolVersion")
        if agreed not in LEGACY_VERSIONS:
            raise UpstreamProtocolError("the server agreed on a protocol version that does not exist")
        self.version = session.version = agreed
        session.stage = server_answers(session.stage, Reply(id="yett-audit-1", result=self.info))
        word = Notification(method="notifications/initialized")
        async with self._upstream.open(self._cleared(word), self._call()) as arrivals:
            async for _ in arrivals:
                pass
        session.stage = Stage.READY

    def _call(self) -> Call:
        return Call(era=self.era, version=self.version, session=self._session, caller=None)

    def _cleared(self, message: Message) -> Any:
        exchange = Exchange(
            id="audit",
            received_at=time.time(),
            channel=Channel(entrance=Entrance.GATEWAY, peer=""),
            server=self._upstream.name,
            principal=AUDITOR,
            request=message,
            era=self.era,
            version=self.version,
        )
        cleared = _PIPELINE.check_request(exchange).verdict
        if isinstance(cleared, Deny):
            raise UpstreamProtocolError(f"an audit may not ask this: {cleared.reason.code}")
        return cleared
