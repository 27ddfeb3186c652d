"""`yett wrap`: one stdio server and one client, with everything between them that the gateway has."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from yett.config import build
from yett.config.runtime import Runtime
from yett.config.schema import Config
from yett.config.servers import InlineServer, ProcessServer
from yett.config.upstreams import inline_upstream
from yett.core.exchange import Principal
from yett.enforce.serving import Serving
from yett.enforce.stdio import Stdio
from yett.enforce.stdio_delivery import Write
from yett.errors import ConfigError
from yett.identity.credentials import Credentials
from yett.identity.local import local
from yett.secrets.secret import Secret
from yett.upstream.app_lifespan import running
from yett.upstream.app_pool import App
from yett.wire.pipes import Inflow, Outflow

PART: Final = "stdio"
"""Ledgers of this mode are `stdio-1`, `stdio-2` ... below the configured folder: every client starts a process."""


class Wrapped:
    """From `open()` to `close()`. `token` is what the caller signs in with where the config does not name him.

    `given` is the command that was given beside the config; `app`, in its place, a server in this very process.
    """

    def __init__(
        self, config: Config, server: str, *, token: str = "", given: Sequence[str] = (), app: App | None = None
    ) -> None:
        build.check_tests(config)
        only = {server: config.servers[server]}
        self.config = config.model_copy(update={"servers": only})
        self._server = server
        self._given = tuple(given)
        self._token = token
        self._app = app
        self._living = AsyncExitStack()
        self._state: Mapping[str, Any] = {}
        inline = {} if app is None else {server: inline_upstream(server, app, self.config, lambda: self._state)}
        self._serving = Serving(
            self.config, PART, recheck=self._recheck, renewed=self._renew, caller=_caller(config), given=inline
        )

    _front: Stdio

    async def open(self, write: Write) -> Stdio:
        """Open the ledger and build what serves. Raises `YettError` and leaves nothing behind."""
        if self._app is not None:
            self._state = await self._living.enter_async_context(running(self._app))
        try:
            await self._serving.open()
        except BaseException:
            await self._living.aclose()
            raise
        authorization = (f"Bearer {self._token}".encode(),) if self._token and self.config.auth.stdio is None else ()
        credentials = Credentials(authorization=authorization, server=self._server)
        self._front = Stdio(self._serving.runtime, self._server, write, credentials)
        server = self.config.servers[self._server]
        program = server.command if isinstance(server, ProcessServer) else ""
        digest = hashlib.sha256("\0".join(self._given).encode()).hexdigest() if self._given else ""
        await self._serving.ledger.event("wrap", server=self._server, program=program[:200], given=digest)
        self._serving.begin()
        return self._front

    async def serve(self, chunks: AsyncIterator[bytes]) -> None:
        """Serve until the client's input ends, or its session's server does."""
        reading = asyncio.create_task(self._front.serve(chunks))
        over = asyncio.create_task(self._front.over.wait())
        try:
            await asyncio.wait({reading, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, over):
                task.cancel()
            await asyncio.gather(reading, over, return_exceptions=True)

    async def close(self, seconds: float) -> None:
        """Let running calls end for so many seconds; then end the server and all it started, and the ledger."""
        await self._front.finish(seconds)
        await self._serving.close()
        await self._living.aclose()

    @property
    def died(self) -> bool:
        """Whether the server ended before its client."""
        return self._front.over.is_set()

    def _recheck(self) -> int:
        return self._front.recheck()

    def _renew(self, runtime: Runtime) -> None:
        self._front.runtime = runtime


async def run(wrapped: Wrapped, source: int, sink: int, told: asyncio.Event) -> None:
    """Serve the client on two descriptors to its end, or until we are `told` to end. Raises `YettError`."""
    limits = wrapped.config.limits
    outflow = Outflow(sink, seconds=float(limits.write_timeout))
    await wrapped.open(outflow.write)
    serving = asyncio.create_task(wrapped.serve(Inflow(source).chunks()))
    leaving = [asyncio.create_task(event.wait()) for event in (told, outflow.gone)]
    try:
        await asyncio.wait({serving, *leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # The client's input has ended: what it still waits for may come. Told to end, or not heard any more: at once.
        seconds = float(limits.drain) if serving.done() and not wrapped.died else 0.0
        for task in (serving, *leaving):
            task.cancel()
        await asyncio.gather(serving, *leaving, return_exceptions=True)
        await wrapped.close(seconds)


def _caller(config: Config) -> Principal | None:
    stdio = config.auth.stdio
    if stdio is None:
        return None
    return local(None if stdio.os_user else stdio.user, roles=stdio.roles, groups=stdio.groups, scopes=stdio.scopes)


def chosen(config: Config, name: str) -> str:
    """The server that is meant: the one that was named, or the only one. Raises `ConfigError`."""
    if name:
        if name not in config.servers:
            raise ConfigError(f"there is no server `{name}` in the config: it has {_listed(config)}")
        return name
    if len(config.servers) > 1:
        raise ConfigError(f"the config has several servers: name one with `--server`: {_listed(config)}")
    return next(iter(config.servers))


def with_command(config: Config, name: str, command: Sequence[str], env: Mapping[str, str], folder: Path) -> Config:
    """The config with a command for its inline server. Raises `ConfigError` where one is missing, or one too many."""
    server = config.servers[name]
    if isinstance(server, InlineServer):
        if not command:
            raise ConfigError(f"`{name}` is `inline`: write the command that starts it behind `--`")
        if server.model_fields_set & {"path", "other_routes"}:
            raise ConfigError(f"`{name}` has keys that are for `protect()`: a command has neither path nor routes")
        secrets = {variable: Secret(value, shown=f"${{env:{variable}}}") for variable, value in env.items()}
        started = ProcessServer(
            command=command[0], args=tuple(command[1:]), env=secrets, cwd=folder, scopes=server.scopes
        )
        return config.model_copy(update={"servers": {**config.servers, name: started}})
    if command:
        raise ConfigError(
            f"the config says how `{name}` is reached: remove the command, or write `{name}: {{ inline: true }}`"
        )
    if env:
        raise ConfigError(f"`--env` is for a command behind `--`: write `env:` for `{name}` into the config")
    return config


def check_caller(config: Config, token: str) -> None:
    """Refuse to start where nobody could ever be let in, with a sentence that a client's log will show."""
    auth = config.auth
    if auth.mtls is not None and auth.stdio is None and not token:
        raise ConfigError(
            "`auth.mtls` is for the listener of `yett run`, and a pipe has no certificates: set `YETT_TOKEN`, or name "
            "the caller: `auth: { stdio: { user: alice } }`"
        )
    if auth.stdio is None and not auth.unsafe_allow_anonymous and not token:
        raise ConfigError(
            "nobody is signed in: set `YETT_TOKEN`, or name the caller: `auth: { stdio: { user: alice } }`"
        )


def _listed(config: Config) -> str:
    return ", ".join(f"`{name}`" for name in config.servers)
