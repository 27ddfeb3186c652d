"""Asks each server of a config which protocol eras it speaks; a program is looked for, and started only on request."""

from __future__ import annotations

import asyncio
from typing import Final

from yett.config.schema import Config
from yett.config.servers import HttpServer, ProcessServer, Server
from yett.config.upstreams import upstream_of
from yett.enforce.doctor import judgement
from yett.enforce.doctor.check import Check, Status, failed, ok, skipped, unreached
from yett.errors import ConfigError, PeerError, UpstreamError, UpstreamRefused, UpstreamUnavailable
from yett.upstream.command import Command

SECONDS: Final = 15.0
"""For one server behind a URL."""

START_SECONDS: Final = 30.0
"""For a program to start and to say what it speaks."""


async def server(name: str, entry: Server, config: Config, *, offline: bool, start: bool) -> Check:
    """One server, as calls would meet it."""
    what = f"server {name}"
    if isinstance(entry, ProcessServer):
        return await _program(what, name, entry, config, start=start and not offline)
    if not isinstance(entry, HttpServer):
        return skipped(what, "inline: it is where `protect()` or `yett wrap` puts it")
    if offline:
        return skipped(what, "not asked: --offline")
    return await _asked(what, name, _without_callers(entry), config, SECONDS)


def _without_callers(entry: HttpServer) -> HttpServer:
    """A server where callers sign in is asked without a credential: there is no caller here, and no store is opened."""
    return entry.model_copy(update={"oauth": None}) if _personal(entry) else entry


async def _program(what: str, name: str, entry: ProcessServer, config: Config, *, start: bool) -> Check:
    found = _found(what, entry)
    return found if found.status is Status.FAIL or not start else await _asked(what, name, entry, config, START_SECONDS)


def _found(what: str, entry: ProcessServer) -> Check:
    """The program that would be started."""
    command = Command(argv=(entry.command, *entry.args), env=entry.env, cwd=str(entry.cwd))
    try:
        program = command.executable(command.environment())
    except UpstreamUnavailable as error:
        fix = f"install `{entry.command}`, make it executable, or write its path; `PATH` is that of the gateway"
        return failed(what, str(error), fix)
    return ok(what, f"`{program}` can be executed (not started: see --start)")


async def _asked(what: str, name: str, entry: HttpServer | ProcessServer, config: Config, seconds: float) -> Check:
    where = str(entry.url) if isinstance(entry, HttpServer) else f"`{entry.command}`"
    try:
        upstream = upstream_of(name, entry, config, config.listen.port)
    except ConfigError as error:
        return failed(what, str(error), "name a file of CA certificates in PEM, or remove `ca`")
    try:
        async with asyncio.timeout(seconds):
            return judgement.offer(name, await upstream.probe(), where)
    except TimeoutError:
        return unreached(what, f"{where} did not answer within {seconds:g} s", "see whether it hangs: ask it directly")
    except (UpstreamError, PeerError) as error:
        return _troubled(what, where, error, personal=_personal(config.servers[name]))
    finally:
        await upstream.close()


def _troubled(what: str, where: str, error: UpstreamError | PeerError, *, personal: bool) -> Check:
    """A server that did not say what it speaks. `personal`: callers sign in there themselves."""
    match error:
        case UpstreamRefused() if personal:
            return ok(what, f"{where} answers, and wants each caller to sign in")
        case UpstreamRefused():
            fix = "correct the credential in `headers` or `oauth`, or its rights there"
            return failed(what, f"{where}: {error}", fix)
        case UpstreamError():
            fix = "start the server, correct its address, or let this machine reach it; `ca:` names CAs of your own"
            return unreached(what, f"{where}: {error}", fix)
        case _:
            return failed(
                what,
                f"{where}: {error}",
                "see whether this is the address of its MCP endpoint, or the command that speaks MCP",
            )


def _personal(entry: Server) -> bool:
    return isinstance(entry, HttpServer) and entry.oauth is not None and entry.oauth.grant == "authorization-code"
