"""The embedded mode: an ASGI app with the gateway's guards and ledger around its MCP endpoint.

What comes for the endpoint is judged and recorded as behind the gateway, and then asked of the app without a socket.
All other paths are the app's own: they pass as they are, or are refused, as the config says.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from os import PathLike
from pathlib import Path
from random import SystemRandom
from typing import Any, Final
from urllib.parse import quote

from yett import telemetry
from yett.config import build, load
from yett.config.runtime import Runtime
from yett.config.schema import Config
from yett.config.servers import InlineServer
from yett.config.upstreams import inline_upstream
from yett.core.exchange import Entrance
from yett.enforce import asgi_request
from yett.enforce.asgi_answer import AsgiAnswer
from yett.enforce.background import every
from yett.enforce.doorkeeper import DOORKEEPER, Doorkeeper
from yett.enforce.gateway import Gateway
from yett.enforce.inbound import ExchangeIds
from yett.enforce.lifespan import Lifespan
from yett.enforce.lookalikes import is_near
from yett.enforce.rejections import Rejections
from yett.enforce.serving import Serving
from yett.errors import ConfigError, DownstreamGone
from yett.identity.front_door import WELL_KNOWN
from yett.upstream.app_pool import App, Receive, Scope, Send
from yett.wire.http import Header, Incoming

PART: Final = "embedded"
"""Ledgers of this mode are `embedded-1`, `embedded-2` ... below the configured folder: servers have workers."""

_BEAT_SECONDS: Final = 5.0
_PLAIN: Final[tuple[Header, ...]] = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))


class Embedded:
    """An ASGI app around another one. Its lifespan opens and closes what it needs; without one, use `running()`."""

    def __init__(self, app: App, config: Config, server: str) -> None:
        build.check_tests(config)
        inline = _inline(config, server)
        if config.auth.mtls is not None:
            raise ConfigError(
                "`auth.mtls` is for the listener of `yett run`: an app does not know whose certificates its server "
                "trusts; remove it, and have callers sign in with tokens"
            )
        self.config = config.model_copy(update={"servers": {server: inline}})
        self._app = app
        self._path = inline.path
        # Where clients read how to sign in (RFC 9728): Yett knows it, the app does not.
        self._metadata = {WELL_KNOWN, f"{WELL_KNOWN}{inline.path}"} if list(config.auth.trusted) else set()
        self._refuses = inline.other_routes == "refuse"
        self._limits = build.listener_limits(config)
        self._state: Mapping[str, Any] = {}
        self._rejections = Rejections(ExchangeIds(SystemRandom()), entrance=Entrance.EMBEDDED)
        self._answering: set[asyncio.Future[None]] = set()
        self._serving: Serving | None = None
        self._gateway: Gateway | None = None
        self._upstream = inline_upstream(server, app, self.config, lambda: self._state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI has it."""
        if scope["type"] == "lifespan":
            await Lifespan(self._app, self._open, self._begin, self._close, self._keep_state)(scope, receive, send)
        elif not (self._is_near(scope) or asgi_request.path_of(scope) in self._metadata):
            await self._pass_or_refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await _refuse_websocket(receive, send)
        else:
            await self._judge(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open what the endpoint needs, and close it: for an app that is mounted in another one, whose lifespan rules.

        The inner app's own lifespan must be running already.
        """
        await self._open()
        try:
            self._begin()
            yield
        finally:
            await self._close()

    # From start to end.

    async def _open(self) -> None:
        if self._serving is not None:
            raise ConfigError("this app is running already: one `protect()` serves one lifespan")
        serving = Serving(
            self.config,
            PART,
            recheck=self._recheck,
            renewed=self._renew,
            given={self._upstream.name: self._upstream},
        )
        await serving.open()
        self._serving = serving
        self._gateway = Gateway(serving.runtime, entrance=Entrance.EMBEDDED)

    def _begin(self) -> None:
        """Survey the server: the inner app can be asked from now on."""
        if self._serving is not None and self._gateway is not None:
            self._serving.begin()
            self._serving.also("beat", every(_BEAT_SECONDS, self._gateway.beat))
            self._serving.also("rejections", every(1.0, self._keep_rejections))

    async def _close(self) -> None:
        serving, self._serving = self._serving, None
        gateway, self._gateway = self._gateway, None
        if serving is None or gateway is None:
            return
        gateway.dismiss("the server is ending")
        if self._answering:
            await asyncio.wait(self._answering, timeout=float(self.config.limits.drain))
        for answering in list(self._answering):
            answering.cancel()
        if self._answering:
            await asyncio.wait(self._answering)
        await self._rejections.keep(serving.ledger)
        await serving.close()

    def _keep_state(self, state: Mapping[str, Any]) -> None:
        self._state = state

    def _recheck(self) -> int:
        return 0 if self._gateway is None else self._gateway.recheck()

    def _renew(self, runtime: Runtime) -> None:
        if self._gateway is not None:
            self._gateway.runtime = runtime

    async def _keep_rejections(self) -> None:
        if self._serving is not None:
            await self._rejections.keep(self._serving.ledger)

    # One request.

    def _is_near(self, scope: Scope) -> bool:
        raw = bytes(scope.get("raw_path") or b"").decode("latin-1")
        paths = {asgi_request.path_of(scope), str(scope.get("path", "")), raw.partition("?")[0]}
        return any(is_near(path, self._path) for path in paths)

    async def _pass_or_refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._refuses:
            if self._serving is not None:
                scope[DOORKEEPER] = Doorkeeper(
                    self._serving.runtime,
                    self._upstream.name,
                    self._path,
                    method=str(scope.get("method", "GET")),  # a WebSocket's handshake
                    asked=quote(asgi_request.path_of(scope), safe="/%:@!$&'()*+,;=~"),
                )
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await _refuse_websocket(receive, send)
        else:
            await self._reject(scope, send, 404, f"nothing but `{self._path}` is served here")

    async def _judge(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway = self._gateway
        if gateway is None:
            await self._reject(scope, send, 503, "not started: the server ran no lifespan; use `running()`")
            return
        if len(self._answering) >= self._limits.connections:
            await self._reject(scope, send, 503, "too many requests at the same time")
            return
        found = await asgi_request.incoming(scope, receive, self._limits)
        if isinstance(found, asgi_request.Unfit):
            await self._reject(scope, send, found.status, found.detail)
        elif isinstance(found, Incoming):
            await self._answer(gateway, found, receive, AsgiAnswer(send, seconds=self._limits.write_seconds))

    async def _answer(self, gateway: Gateway, request: Incoming, receive: Receive, answer: AsgiAnswer) -> None:
        answering: asyncio.Future[None] = asyncio.ensure_future(gateway.answer(request, answer))
        leaving = asyncio.ensure_future(_left(receive))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            there = answering.done()
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
        if not there:
            return
        if not answering.cancelled() and (error := answering.exception()) is not None:
            telemetry.warning("exchange.broke", error=type(error).__name__)
        with suppress(DownstreamGone):
            await answer.flush()

    async def _reject(self, scope: Scope, send: Send, status: int, detail: str) -> None:
        """Say no to what was not even looked at. `detail` is words of ours."""
        client = scope.get("client") or ("", 0)
        self._rejections.note(str(client[0]), status, detail)
        telemetry.event("embedded.rejected", status=status)
        answer = AsgiAnswer(send, seconds=self._limits.write_seconds)
        answer.send(status, (*_PLAIN, (b"connection", b"close")), f"{detail}\n".encode())
        with suppress(DownstreamGone):
            await answer.flush()


def protect(app: App, config: str | PathLike[str] | Config, *, server: str = "") -> Embedded:
    """Wrap an ASGI app (FastAPI, Starlette, an SDK's Streamable HTTP app): its MCP endpoint is judged and recorded.

    `config` is a file whose server is `inline: true`; where several are, `server` names the one that the app is. Its
    endpoint is the server's `path`, `/mcp` unless it says otherwise. **Only this path is judged**: all others are the
    app's own, unless the config has `other_routes: refuse`. Raises `ConfigError`; opens nothing before the lifespan.
    """
    read = config if isinstance(config, Config) else load.load(Path(config))
    return Embedded(app, read, server or only_inline(read))


def only_inline(config: Config) -> str:
    """The name of the one server that is inline. Raises `ConfigError` where it is not one."""
    inline = [name for name, server in config.servers.items() if isinstance(server, InlineServer)]
    if len(inline) != 1:
        raise ConfigError(
            f"`protect()` needs one server that is `inline: true`, and the config has {len(inline)}: "
            + ("name one with `server=`" if inline else "write `servers: { demo: { inline: true } }`")
        )
    return inline[0]


def _inline(config: Config, name: str) -> InlineServer:
    server = config.servers.get(name)
    if not isinstance(server, InlineServer):
        raise ConfigError(f"the server `{name}` is not the app's: write `{name}: {{ inline: true }}`")
    return server


async def _left(receive: Receive) -> None:
    """Return when the client is gone. Whatever else it sends after a whole request means nothing."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    """Answer a handshake with 403: MCP has no such transport."""
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": "not served here"})
