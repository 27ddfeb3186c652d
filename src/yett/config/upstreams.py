"""From the servers of a config to upstreams: what each of them is reached with, and which of the old ones go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Any

from yett.config.authorities import authority_of, renewed
from yett.config.credentials import credential_of
from yett.config.endpoints import public_url
from yett.config.limits import Limits
from yett.config.live_secrets import generations
from yett.config.runtime import Runtime
from yett.config.schema import Config
from yett.config.servers import HttpServer, InlineServer, ProcessServer
from yett.errors import ConfigError
from yett.upstream.app_pool import App
from yett.upstream.child import ChildLimits
from yett.upstream.command import Command
from yett.upstream.http import HttpUpstream
from yett.upstream.inline import InlineUpstream
from yett.upstream.limits import HttpLimits
from yett.upstream.patience import Patience
from yett.upstream.process import ProcessUpstream
from yett.upstream.upstream import Upstream
from yett.wire.client import Timeouts
from yett.wire.tls import client_context


def upstreams(
    config: Config, port: int, previous: tuple[Config, Runtime] | None, given: Mapping[str, Upstream]
) -> dict[str, Upstream]:
    """One upstream per server; an unchanged server keeps its connections and processes. `port` is the listener's."""
    made: dict[str, Upstream] = {}
    for name, server in config.servers.items():
        if isinstance(server, InlineServer):
            made[name] = _given(name, config, given)
        else:
            made[name] = _same_upstream(name, config, previous) or upstream_of(name, server, config, port)
    return made


def check_reachable(config: Config) -> None:
    """Refuse servers that only `protect()` and `yett wrap` can reach, as `yett run` does. Raises `ConfigError`."""
    for name, server in config.servers.items():
        if isinstance(server, InlineServer):
            _given(name, config, {})


def _given(name: str, config: Config, given: Mapping[str, Upstream]) -> Upstream:
    if name in given:
        return given[name]
    place = config.places.get(("servers", name))
    message = f"`{name}` is `inline`: the gateway cannot reach it; use `protect()` or `yett wrap`, or name its `url`"
    raise ConfigError(message, where=str(place) if place is not None else "")


def _same_upstream(name: str, config: Config, previous: tuple[Config, Runtime] | None) -> Upstream | None:
    if previous is None:
        return None
    old, runtime = previous
    before, now = old.servers.get(name), config.servers[name]
    # What a call needs is the policy's business: an upstream does not know it.
    same = (
        before is not None
        and before.model_copy(update={"scopes": now.scopes}) == now
        and _terms(old.limits) == _terms(config.limits)
    )
    same = same and not renewed(old, config, authority_of(now))
    # What a process was started with cannot change in it; headers are revealed for every request.
    same = same and runtime.generations.get(name, 0) == generations(config).get(name, 0)
    if name in runtime.connections:  # where callers sign in, and where that is kept
        same = same and (old.connections, old.url) == (config.connections, config.url)
    return runtime.upstreams[name] if same else None


def _terms(limits: Limits) -> tuple[float, ...]:
    """The limits that an upstream is built with."""
    return (limits.timeout, limits.connect_timeout, limits.reply, limits.upstream_connections, limits.processes)


def upstream_of(name: str, server: HttpServer | ProcessServer, config: Config, port: int) -> Upstream:
    """What one server is reached with. Raises `ConfigError` when its `ca` cannot be used."""
    limits = config.limits
    patience = Patience(call=limits.timeout)
    if isinstance(server, ProcessServer):
        command = Command(argv=(server.command, *server.args), env=server.env, cwd=str(server.cwd))
        return ProcessUpstream(
            name,
            command,
            limits=ChildLimits(line_bytes=limits.reply),
            patience=patience,
            max_processes=limits.processes,
        )
    return HttpUpstream(
        name,
        str(server.url),
        headers=server.headers,
        credential=credential_of(name, server, config, port),
        tls=upstream_tls(server),
        timeouts=Timeouts(connect=limits.connect_timeout, first_byte=limits.timeout, idle=limits.timeout),
        patience=patience,
        limits=HttpLimits(reply_bytes=limits.reply, connections=limits.upstream_connections),
    )


def inline_upstream(name: str, app: App, config: Config, state: Callable[[], Mapping[str, Any]]) -> InlineUpstream:
    """The app that is the inline server `name`. `state` is what its lifespan left for its requests."""
    server, limits = config.servers[name], config.limits
    return InlineUpstream(
        name,
        app,
        path=server.path if isinstance(server, InlineServer) else "/mcp",
        # The name that clients know it by: the app may have a check of its own.
        host=public_url(config, config.listen.port).partition("://")[2],
        state=state,
        timeouts=Timeouts(connect=limits.connect_timeout, first_byte=limits.timeout, idle=limits.timeout),
        patience=Patience(call=limits.timeout),
        limits=HttpLimits(reply_bytes=limits.reply, connections=limits.upstream_connections),
    )


def upstream_tls(server: HttpServer) -> SSLContext | None:
    """What a server's certificate is checked with, where it has one."""
    if server.scheme != "https":
        return None
    return client_context(server.ca, unsafe_skip_verification=server.unsafe_skip_verification)
