"""One running gateway: its listeners, its background tasks, its reloads and its end."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path
from random import SystemRandom
from typing import Final

from yett import __version__, telemetry
from yett.config import build, load, secret_stores
from yett.config.diagnostic import InvalidConfig, as_text
from yett.config.endpoints import names
from yett.config.runtime import Runtime
from yett.config.schema import Config
from yett.enforce.admin import Admin, Check
from yett.enforce.background import Background, every
from yett.enforce.gateway import Gateway
from yett.enforce.inbound import ExchangeIds
from yett.enforce.recheck import EVERY_SECONDS
from yett.enforce.rejections import Rejections
from yett.enforce.serving import end_sessions
from yett.enforce.survey import Surveyor
from yett.errors import ConfigError, YettError
from yett.ledger.ledger import Ledger
from yett.secrets.cache import Cache
from yett.secrets.live import LiveSecret
from yett.upstream.upstream import Upstream
from yett.wire.http import Incoming
from yett.wire.listener import Answer
from yett.wire.server import Responder, Server
from yett.wire.tls import ReloadingTls

_BEAT_SECONDS: Final = 5.0
_REAP_SECONDS: Final = 10.0
_TOLD: Final = 5
"""Secrets that cannot be read, named in one line of readiness."""


class Instance:
    """A gateway from `start()` to `stop()`. Everything it begins, it ends."""

    def __init__(self, path: Path, config: Config) -> None:
        self._path = path
        self.config = config
        self._background = Background()
        self._surveyor = Surveyor(lambda: self.runtime)
        self._rejections = Rejections(ExchangeIds(SystemRandom()))
        self._reloading = asyncio.Lock()
        self._noted: list[str] = []
        self._secrets = Cache(changed=self._rotate)
        self.draining = False

    runtime: Runtime
    _ledger: Ledger
    _gateway: Gateway
    _listener: Server
    _admin: Server | None = None
    _tls: ReloadingTls | None = None

    async def start(self) -> None:
        """Open the ledger, build what serves, and accept connections. Raises `YettError` and leaves nothing behind."""
        config = self.config
        build.check_tests(config)
        try:
            await secret_stores.follow(self._secrets, config)
            self._ledger = await build.open_ledger(config)
        except BaseException:
            await self._secrets.close()
            raise
        try:
            self._tls = build.listener_tls(config, lambda problem: telemetry.warning("tls.rejected", problem=problem))
            self._listener = Server(self._answer, build.listener_limits(config), self._rejections.note)
            self.port = await self._listener.start(config.listen.host, config.listen.port, self._tls)
            # Nothing is awaited between listening and serving, so nobody can come in between.
            self.runtime = build.build(
                config, ledger=self._ledger, port=self.port, changed=self._surveyor.changed, note=self._noted.append
            )
            self._ledger.policy = self.runtime.digest
            self._gateway = Gateway(self.runtime)
            await self._listen_for_admin(config)
        except BaseException:
            await self.stop(0)
            raise
        self.runtime.identity.warm()
        for server in config.servers:
            self._background.spawn(f"survey {server}", self._surveyor.watch(server))
        self._background.spawn("secrets", self._secrets.watch())
        self._background.spawn("beat", every(_BEAT_SECONDS, self._gateway.beat))
        self._background.spawn("recheck", every(EVERY_SECONDS, self._recheck))
        self._background.spawn("reap", every(_REAP_SECONDS, self._reap))
        telemetry.BUILD.set(__version__, self.runtime.digest, value=1)
        telemetry.RELOAD_OK.set(value=1)

    def _answer(self, incoming: Incoming, responder: Responder) -> Answer:
        return self._gateway.answer(incoming, responder)

    async def _listen_for_admin(self, config: Config) -> None:
        if config.admin is None:
            return
        admin = Admin(hosts=frozenset(), checks=self.checks, reload=self.reload)
        self._admin = Server(admin.answer, build.ADMIN_LIMITS, self._rejections.note)
        self.admin_port = await self._admin.start(config.admin.host, config.admin.port, None)
        admin.hosts = frozenset(name.encode() for name in names(config.admin.host, self.admin_port))

    async def reload(self) -> str:
        """Apply the file as it is now, whole, or keep what runs. Returns the problem, empty when it was applied."""
        async with self._reloading:
            try:
                config = await asyncio.to_thread(load.load, self._path)
                await self._swap(config)
            except ConfigError as error:
                telemetry.warning("config.rejected", error=str(error), where=error.where)
                telemetry.RELOADS.add("rejected")
                telemetry.RELOAD_OK.set(value=0)
                await self._ledger.event("reload-rejected", config=self.runtime.digest)
                return _in_full(error)
            except YettError as error:
                telemetry.warning("config.rejected", error=str(error))
                telemetry.RELOADS.add("failed")
                telemetry.RELOAD_OK.set(value=0)
                return str(error)
        telemetry.RELOADS.add("applied")
        telemetry.RELOAD_OK.set(value=1)
        return ""

    async def _rotate(self) -> None:
        """Go on with new values of secrets: what is built from values is built anew, under the same config."""
        async with self._reloading:
            before = dict(self.runtime.generations)
            try:
                await self._swap(self.config, "secrets")
            except YettError as error:
                telemetry.warning("secret.change-failed", error=str(error))
                return
        # A server that could not be asked for want of its secret can be asked now.
        for server in self.runtime.upstreams:
            if not self.runtime.catalogue.known(server) or self.runtime.generations.get(server) != before.get(server):
                self._surveyor.want(server)

    async def _swap(self, config: Config, what: str = "reload") -> None:
        build.check_reloadable(self.config, config)
        build.check_tests(config)
        before = self.runtime
        if config is not self.config:
            await secret_stores.follow(self._secrets, config)
        await self._follow_key(config, asked=what == "reload")
        runtime = build.build(
            config,
            ledger=self._ledger,
            port=self.port,
            changed=self._surveyor.changed,
            note=self._noted.append,
            previous=(self.config, before),
        )
        await self._ledger.event(what, before=before.digest, after=runtime.digest)
        self._ledger.policy = runtime.digest
        telemetry.BUILD.forget(__version__, before.digest)
        telemetry.BUILD.set(__version__, runtime.digest, value=1)
        self.config, self.runtime = config, runtime
        self._gateway.runtime = runtime
        self._listener.limits = build.listener_limits(config)
        if self._tls is not None:
            self._tls.reload()
            self._part()
        self._gateway.recheck()
        self.runtime.identity.warm()
        await self._follow_servers(before)
        if before.identity is not self.runtime.identity:
            await before.identity.close()
        # The old runtime holds itself in cycles, and `yett run` lets the collector look rarely.
        gc.collect()
        telemetry.event("config.applied", before=before.digest, after=runtime.digest)

    async def _follow_key(self, config: Config, *, asked: bool) -> None:
        """Go on under the ledger's key as it is now. Only a reload does: a file may just be half written."""
        secret = config.ledger.key
        if not isinstance(secret, LiveSecret):
            return
        if asked:
            await self._secrets.read_again(secret)
            if not self._ledger.made_with(key := build.key_of_ledger(config)):
                await self._ledger.change_key(key)
                telemetry.event("ledger.key-changed", key=self._ledger.key)
        elif secret.known and not self._ledger.made_with(secret.reveal().encode()):
            telemetry.warning("ledger.key-waits", hint="reload to go on under the new key")

    async def _follow_servers(self, before: Runtime) -> None:
        """Survey what is new, stop surveying and retire what is gone."""
        for server, upstream in before.upstreams.items():
            if self.runtime.upstreams.get(server) is not upstream:
                await self._background.end(f"survey {server}")
                self._background.spawn(
                    f"retire {server} {id(upstream)}", self._retire(upstream, float(self.config.limits.drain))
                )
        for server in self.runtime.upstreams:
            if f"survey {server}" not in self._background:
                self._background.spawn(f"survey {server}", self._surveyor.watch(server))

    async def _retire(self, upstream: Upstream, seconds: float) -> None:
        """Close an upstream that nothing new goes to, once the calls that run there have ended, or in so many seconds.

        What is not allowed any more was ended before.
        """
        try:
            self._gateway.dismiss("the server's configuration changed", upstream)
            running = self._gateway.using(upstream)
            if running:
                await asyncio.wait(running, timeout=seconds)
        finally:
            await upstream.close()

    def checks(self) -> list[Check]:
        """Readiness: what must hold for calls to be served, and how each server is."""
        ledger = self._ledger
        telemetry.LEDGER_HEALTHY.set(value=float(ledger.healthy))
        checks = [
            Check(name="config", ok=True, detail=self.runtime.digest[:12]),
            Check(name="ledger", ok=ledger.healthy, detail=ledger.detail),
            Check(name="accepting", ok=not self.draining),
            Check(name="background", ok=not self._background.ended, detail=self._background.ended),
            Check(name="tokens", ok=not (problem := self.runtime.sign_in_problem()), detail=problem, vital=False),
        ]
        problems = self._secrets.problems
        checks.append(Check(name="secrets", ok=not problems, detail="; ".join(problems[:_TOLD]), vital=False))
        for server in self.runtime.upstreams:
            listing = self.runtime.catalogue.listing(server)
            known = self.runtime.catalogue.known(server)
            detail = f"{len(listing.tools)} tools" if known else listing.detail or "not asked yet"
            checks.append(Check(name=f"server-{server}", ok=known, detail=detail, vital=False))
        return checks

    async def stop(self, drain_seconds: float) -> None:
        """Stop accepting, let running exchanges end for `drain_seconds`, then end what is left."""
        self.draining = True
        if hasattr(self, "_gateway"):
            self._gateway.dismiss("the gateway is ending")
        if hasattr(self, "_listener"):
            await self._listener.drain(drain_seconds)
            await self._listener.close()
            await self._rejections.keep(self._ledger)
        await self._background.close()
        if self._admin is not None:
            await self._admin.close()
        if hasattr(self, "runtime"):
            await end_sessions(self.runtime, self.runtime.sessions.clear())
            for upstream in self.runtime.upstreams.values():
                await upstream.close()
            await self.runtime.identity.close()
        await self._secrets.close()
        await self._ledger.close()

    async def _recheck(self) -> None:
        """End what is not allowed any more, and record what happened beside exchanges since the last time."""
        self._part()
        ended = self._gateway.recheck()
        if ended:
            telemetry.event("exchanges.revoked", count=ended)
        await self._rejections.keep(self._ledger)
        noted, self._noted[:] = list(self._noted), []
        for sentence in noted:
            await self._ledger.event("tokens", what=sentence)

    def _part(self) -> None:
        """End the connections whose client certificates were revoked, or are over."""
        trust = self._tls.trust if self._tls is not None else None
        if trust is not None and (parted := self._listener.part(trust, time.time())):
            telemetry.event("connections.parted", count=parted)

    async def _reap(self) -> None:
        await end_sessions(self.runtime, self.runtime.sessions.reap())
        telemetry.OPEN.set("sessions", value=len(self.runtime.sessions))
        telemetry.OPEN.set("exchanges", value=self._gateway.running)
        telemetry.OPEN.set("connections", value=self._listener.connections)


def _in_full(error: ConfigError) -> str:
    """The mistake with its place, drawn as `yett validate` would where it is one in the file."""
    if isinstance(error, InvalidConfig):
        return "\n\n".join(as_text(diagnostic) for diagnostic in error.diagnostics)
    return f"{error.where}: {error}" if error.where else str(error)
