"""The gateway's own OAuth client, for the suite's `auth/*` scenarios: `HttpUpstream` with its credentials, and a user.

The harness starts it as a command, with the address of its mock server as the last argument, and scenario and context
in the environment. What a user does in a browser is done here: open the link, follow it back, hand the answer over.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from yett.core.ask import Ask, Asker
from yett.core.exchange import Channel, Entrance, Era, Exchange, Principal
from yett.core.guard import Guard, Phase
from yett.core.message import Message, Notification, Reply, Request
from yett.core.pipeline import Cleared, Guarded, Pipeline
from yett.core.verdict import ALLOW
from yett.errors import UpstreamSignIn
from yett.identity.credentials import Credentials
from yett.protocol import methods
from yett.protocol.session import Stage, server_answers
from yett.secrets.secret import Secret
from yett.state.sessions import Session
from yett.upstream.caller import Caller
from yett.upstream.http import HttpUpstream
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.credential import Credential
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.exchange import Desk
from yett.upstream.oauth.exchange import Exchange as TokenExchange
from yett.upstream.oauth.kept import Connections
from yett.upstream.oauth.metadata import resource_of
from yett.upstream.oauth.personal import Pages, Personal
from yett.upstream.oauth.sealed import Sealed
from yett.upstream.oauth.service import Service, Wanted
from yett.upstream.oauth.sign_in import Refused
from yett.upstream.upstream import Call
from yett.wire.fetch import Fetch
from yett.wire.tls import client_context

SCENARIO: Final = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
VERSION: Final = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
CONTEXT: Final[dict[str, Any]] = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
MODERN: Final = VERSION == "2026-07-28"
REDIRECT: Final = "http://localhost:3030/connect"
DOCUMENT: Final = "https://conformance-test.local/client-metadata.json"
"""Where the suite believes the client's own document to be."""
USER: Final = Principal(issuer=CONTEXT.get("idp_issuer", "yett"), subject="ada")
SIGN_INS: Final = 3
"""How often the user signs in before he gives up: once, for more scopes, and for a server that has moved."""


class Nod(Guard):
    """Everything may be sent: there is no policy to try here."""

    name: ClassVar[str] = "nod"
    phase: ClassVar[Phase] = Phase.AUTHORIZE

    def check_request(self, exchange: Exchange) -> Any:
        """Let it pass."""
        return ALLOW


PIPELINE: Final = Pipeline([Guarded(guard=Nod())], subject=methods.subject)


class Conversation:
    """One user's calls of one server."""

    def __init__(self, upstream: HttpUpstream, personal: Personal | None, asker: Asker) -> None:
        self._upstream = upstream
        self._personal = personal
        self._asker = asker
        self._session: Session | None = None
        token = CONTEXT.get("idp_id_token", "none")
        credentials = Credentials(authorization=(f"Bearer {token}".encode(),))
        self._caller = Caller(principal=USER, credentials=credentials)
        self._number = 0

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Ask; where the server wants a sign-in, sign in and ask again."""
        for _ in range(SIGN_INS):
            if method == "initialize":  # a session that did not come to be is no session
                self._session = Session(secrets.token_hex(24), owner=("yett", "ada"), server="mock")
                self._session.stage = Stage.INITIALIZING
            try:
                return await self._once(method, params)
            except UpstreamSignIn:
                if self._personal is None:
                    raise
                await self._sign_in(self._personal)
        return await self._once(method, params)

    async def tell(self, method: str) -> None:
        async with self._upstream.open(self._cleared(Notification(method=method)), self._call()) as arrivals:
            async for _ in arrivals:
                pass

    async def begin(self) -> None:
        if MODERN:
            await self.ask("server/discover", {})
            return
        hello = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "yett", "version": "1"}}
        result = await self.ask("initialize", hello)
        if self._session is None:
            raise RuntimeError("no session")
        self._session.version = result["protocolVersion"]
        self._session.stage = server_answers(self._session.stage, Reply(id=1, result=result))
        await self.tell("notifications/initialized")
        self._session.stage = Stage.READY

    async def _once(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        if MODERN:
            meta = {
                "protocolVersion": VERSION,
                "clientCapabilities": {},
                "clientInfo": {"name": "yett", "version": "1"},
            }
            params = {**params, "_meta": {f"io.modelcontextprotocol/{name}": value for name, value in meta.items()}}
        request = Request(id=self._number, method=method, params=params)
        async with self._upstream.open(self._cleared(request), self._call()) as arrivals:
            async for arrival in arrivals:
                if isinstance(arrival.message, Reply):
                    if arrival.message.error is not None:
                        raise RuntimeError(arrival.message.error.message)
                    return arrival.message.result
        raise RuntimeError("no reply")

    async def _sign_in(self, personal: Personal) -> None:
        url, _ = await personal.begin((USER.issuer, USER.subject), "browser")
        answer = await self._asker(Ask(url=url))
        location = (answer.get(b"location") or b"").decode()
        if not location.startswith(REDIRECT):
            raise RuntimeError(f"the issuer answered {answer.status} and led to {location or 'nowhere'}")
        said = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        owner = await personal.finish(said.get("state", ""), "browser", said.get("code", ""), said.get("iss"))
        if isinstance(owner, Refused):
            raise TypeError(owner.why)

    def _call(self) -> Call:
        era = Era.MODERN if MODERN else Era.LEGACY
        return Call(era=era, version=VERSION, session=self._session, caller=self._caller)

    def _cleared(self, message: Message) -> Cleared[Message]:
        exchange = Exchange(
            id="conformance",
            received_at=time.time(),
            channel=Channel(entrance=Entrance.GATEWAY, peer=""),
            server="mock",
            principal=USER,
            request=message,
            era=Era.MODERN if MODERN else Era.LEGACY,
            version=VERSION,
        )
        verdict = PIPELINE.check_request(exchange).verdict
        if not isinstance(verdict, Cleared):
            raise TypeError("refused")
        return verdict


async def credential(url: str, asker: Asker, folder: Path) -> Credential:
    """What the config of a gateway would make of this scenario."""
    if "client-credentials" in SCENARIO or "enterprise" in SCENARIO:
        return await without_a_user(url, asker)
    own = None
    if "client_id" in CONTEXT:
        own = Client(id=CONTEXT["client_id"], secret=Secret(CONTEXT["client_secret"]))
    return Personal(
        Endpoint(asker, ""),
        url,
        Connections(Sealed(folder / "connections.db", Secret("k" * 32)), "mock"),
        Pages(sign_in="http://localhost:3030/connect/mock", redirect=REDIRECT, document=DOCUMENT),
        issuer=CONTEXT.get("issuer", ""),
        own=own,
        clock=time.time,
    )


async def without_a_user(url: str, asker: Asker) -> Credential:
    """The grants that the config gives an issuer to: here, the one that the server names."""
    resource = await resource_of(asker, url, "")
    if resource is None:
        raise RuntimeError("the server has no metadata")
    secret, key = CONTEXT.get("client_secret"), CONTEXT.get("private_key_pem")
    client = Client(
        id=CONTEXT["client_id"], secret=Secret(secret) if secret else None, key=Secret(key) if key else None
    )
    desk = Desk(endpoint=Endpoint(asker, resource.authorization_servers[0]), client=client)
    wanted = Wanted(resource=resource.resource, scopes=resource.scopes_supported)
    service = Service(desk.endpoint, client, wanted, clock=time.time)
    if "idp_issuer" not in CONTEXT:
        return service
    return TokenExchange(
        desk,
        wanted,
        service,
        subject_type="urn:ietf:params:oauth:token-type:id_token",
        identity=Desk(endpoint=Endpoint(asker, CONTEXT["idp_issuer"]), client=Client(id=CONTEXT["idp_client_id"])),
        issuers=frozenset({CONTEXT["idp_issuer"]}),
        clock=time.time,
    )


async def main(url: str) -> None:
    """Sign in and call each tool once."""
    fetch = Fetch(client_context(), unsafe_allow_loopback=True)
    with tempfile.TemporaryDirectory() as folder:
        gets = await credential(url, fetch, Path(folder))
        upstream = HttpUpstream("mock", url, credential=gets)
        try:
            conversation = Conversation(upstream, gets if isinstance(gets, Personal) else None, fetch)
            await conversation.begin()
            listed = await conversation.ask("tools/list", {})
            for tool in listed["tools"]:
                await conversation.ask("tools/call", {"name": tool["name"], "arguments": {}})
            if "migration" in SCENARIO:
                await conversation.ask("tools/list", {})
        finally:
            await upstream.close()
            await fetch.close()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[-1]))
    except Exception as error:  # noqa: BLE001 - the harness reads the exit status, people the words
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)
