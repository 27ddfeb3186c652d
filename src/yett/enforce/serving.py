"""What serves without a listener of ours: one client on a pipe, or an app in somebody else's server.

The same runtime, survey and ledger as behind the gateway's listener; only reloading is the gateway's alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Final

from yett import telemetry
from yett.config import build, secret_stores
from yett.config.runtime import Runtime
from yett.config.schema import Config
from yett.config.servers import HttpServer, ProcessServer
from yett.core.exchange import Principal
from yett.enforce.background import Background, every
from yett.enforce.recheck import EVERY_SECONDS
from yett.enforce.survey import Surveyor
from yett.errors import ConfigError
from yett.ledger.ledger import Ledger
from yett.secrets.cache import Cache
from yett.state.sessions import Session
from yett.upstream.upstream import Upstream

_REAP_SECONDS: Final = 10.0


class Serving:
    """From `open()` to `close()`. `recheck` ends what is not allowed any more and returns how much that was.

    `renewed` hears of the runtime that takes the place of the first one, when secrets have changed.
    `part` names the mode's own ledgers below `ledger.path`, `caller` who everybody is where nobody signs in, and
    `given` the upstreams that no config can make.
    """

    def __init__(
        self,
        config: Config,
        part: str,
        *,
        recheck: Callable[[], int],
        renewed: Callable[[Runtime], None],
        caller: Principal | None = None,
        given: Mapping[str, Upstream] | None = None,
    ) -> None:
        self.config = config
        self._part = part
        self._recheck = recheck
        self._renewed = renewed
        self._caller = caller
        self._given = given or {}
        self._noted: list[str] = []
        self._surveyor = Surveyor(lambda: self.runtime)
        self._background = Background()
        self._secrets = Cache(changed=self._rotated)

    runtime: Runtime
    ledger: Ledger

    async def open(self) -> None:
        """Open the ledger and build what serves. Raises `YettError` and leaves nothing behind."""
        config = self.config
        _refuse_sign_ins(config)
        try:
            await secret_stores.follow(self._secrets, config)
            self.ledger = await build.open_ledger(config, part=self._part)
        except BaseException:
            await self._secrets.close()
            raise
        try:
            self.runtime = build.build(
                config,
                ledger=self.ledger,
                port=config.listen.port,
                changed=self._surveyor.changed,
                note=self._noted.append,
                caller=self._caller,
                given=self._given,
            )
        except BaseException:
            await self._secrets.close()
            await self.ledger.close()
            raise
        self.ledger.policy = self.runtime.digest

    def begin(self) -> None:
        """Survey the servers, and look after what runs. The servers can be asked from now on."""
        self.runtime.identity.warm()
        self._background.spawn("secrets", self._secrets.watch())
        for server in self.runtime.upstreams:
            self._background.spawn(f"survey {server}", self._surveyor.watch(server))
        self._background.spawn("recheck", every(EVERY_SECONDS, self._look))
        self._background.spawn("reap", every(_REAP_SECONDS, self._reap))

    def also(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run something of the mode's own beside them."""
        self._background.spawn(name, work)

    async def close(self) -> None:
        """End sessions, servers and the ledger. Exchanges must have ended before."""
        await self._background.close()
        await end_sessions(self.runtime, self.runtime.sessions.clear())
        for upstream in self.runtime.upstreams.values():
            await upstream.close()
        await self.runtime.identity.close()
        await self._secrets.close()
        await self.ledger.close()

    async def _rotated(self) -> None:
        """A secret has changed. Headers carry it from now on; a program keeps what it was started with."""
        self.runtime = build.renewed(self.runtime, self.config, self.config.listen.port)
        self._renewed(self.runtime)
        processes = [name for name, server in self.config.servers.items() if isinstance(server, ProcessServer)]
        if processes:
            telemetry.warning("secret.rotated", server=processes[0], hint="restart to give it to the server's program")

    async def _look(self) -> None:
        ended = self._recheck()
        if ended:
            telemetry.event("exchanges.revoked", count=ended)
        noted, self._noted[:] = list(self._noted), []
        for sentence in noted:
            await self.ledger.event("tokens", what=sentence)

    async def _reap(self) -> None:
        await end_sessions(self.runtime, self.runtime.sessions.reap())


async def end_sessions(runtime: Runtime, sessions: Iterable[Session]) -> None:
    """End sessions on their servers' side."""
    # A reload may have removed the server; its upstream was closed then, with all that it held.
    served = [(runtime.upstreams.get(session.server), session) for session in sessions]
    ends = [upstream.end(session) for upstream, session in served if upstream is not None]
    for failure in await asyncio.gather(*ends, return_exceptions=True):
        if isinstance(failure, Exception):
            telemetry.warning("session.end-failed", error=type(failure).__name__)


def _refuse_sign_ins(config: Config) -> None:
    """Refuse servers where callers sign in themselves: the pages for that are the gateway's alone."""
    for name, server in config.servers.items():
        if isinstance(server, HttpServer) and server.oauth is not None and server.oauth.grant == "authorization-code":
            place = config.places.get(("servers", name, "oauth"))
            raise ConfigError(
                f"callers of `{name}` sign in on pages that only `yett run` serves: use another `grant` here",
                where=str(place) if place is not None else "",
            )
