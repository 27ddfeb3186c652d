"""Everything `run` would meet, looked at without serving: what lies here first, then all that is elsewhere at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Final, TypeVar

from yett.config import build, live_secrets, secret_stores
from yett.config.schema import Config
from yett.config.servers import InlineServer
from yett.enforce.doctor import files, issuers, judgement, servers
from yett.enforce.doctor.check import Cause, Check, failed, ok, skipped, warn
from yett.enforce.doctor.listening import listening
from yett.errors import ConfigError
from yett.secrets.cache import Cache

AT_ONCE: Final = 16
"""Issuers and servers that are asked at the same time."""

SECRET_SECONDS: Final = 20.0
"""For reading all secrets."""

_SEEN_BETTER: Final = frozenset({"no-token-file", "token-file", "revocation-file"})
"""Warnings about files that are looked at here."""

T = TypeVar("T")


async def examined(config: Config, *, allowed_files: int, offline: bool = False, start: bool = False) -> list[Check]:
    """Every check, in a fixed order. `allowed_files` may be open in the process that serves; -1 is without end.

    Secrets are read once and kept while the servers that need them are asked. Nothing is written, and without `start`
    no program is started.
    """
    cache = Cache()
    try:
        checks = [*at_config(config), *await _secrets(config, cache, offline=offline)]
        checks += await _here(config, allowed_files)
        checks += await _elsewhere(config, offline=offline, start=start)
    finally:
        await cache.close()
    return checks


def at_config(config: Config) -> list[Check]:
    """A config that was read: its warnings, and its own tests."""
    checks = [
        warn("config", f"{one.where}: {one.message}", one.help or "see `yett validate`")
        for one in config.warnings
        if one.code not in _SEEN_BETTER
    ]
    for test in build.failed_tests(config):
        detail = f"{test.where}: {test.name}: {test.problem}"
        checks.append(failed("config", detail, "correct the roles or the test; `yett test` shows all", Cause.CONFIG))
    return checks or [ok("config", f"`{config.origin.file}` can be used, without warnings")]


async def _secrets(config: Config, cache: Cache, *, offline: bool) -> list[Check]:
    found = [secret for _, secret in live_secrets.live_secrets(config)]
    references = [reference for secret in found for reference in secret.references]
    if not references:
        return []
    if offline and any(reference.stored for reference in references):
        return [skipped("secrets", "not read, because some are in stores: --offline")]
    fix = "make it readable for this user, or correct the reference: `yett show` lists them"
    try:
        async with asyncio.timeout(SECRET_SECONDS):
            await secret_stores.follow(cache, config)
    except ConfigError as error:
        return [failed("secrets", f"{error.where}: {error}" if error.where else str(error), fix)]
    except TimeoutError:
        return [
            failed(
                "secrets", f"the stores did not answer within {SECRET_SECONDS:g} s", "see whether they can be reached"
            )
        ]
    lost = [
        failed("secrets", f"{config.places.get(at, '')}: {problem}".removeprefix(": "), fix)
        for at, problem in live_secrets.unread(config)
    ]
    return lost or [ok("secrets", f"all {len(references)} references can be read")]


async def _here(config: Config, allowed_files: int) -> list[Check]:
    now, limits = time.time(), config.limits
    checks: list[Check] = []
    if config.auth.tokens is not None:
        checks.append(files.tokens(config.auth.tokens, now))
    if config.auth.revoked is not None:
        checks.append(files.revoked(config.auth.revoked))
    ledger, running = files.ledger(config.ledger.path)
    checks += [ledger, *files.certificate(config, now)]
    connections = limits.connections + len(config.servers) * limits.upstream_connections
    checks.append(judgement.open_files(allowed_files, connections))
    if any(isinstance(server, InlineServer) for server in config.servers.values()):
        return [*checks, skipped("listen", "an inline server is served by its own program")]
    checks.append(await listening("listen", config.listen.host, config.listen.port, running=running))
    if config.admin is not None:
        checks.append(await listening("admin", config.admin.host, config.admin.port, running=running))
    return checks


async def _elsewhere(config: Config, *, offline: bool, start: bool) -> list[Check]:
    """Issuers and servers, each with its own deadline: the slowest of them is how long this takes."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(asking: Awaitable[T]) -> T:
        async with turns:
            return await asking

    trusted = list(config.auth.trusted)
    checks = [issuers.audience(name, entry, config) for name, entry in trusted]
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(in_turn(issuers.issuer(name, entry, offline=offline))) for name, entry in trusted]
        probes = [
            group.create_task(in_turn(servers.server(name, entry, config, offline=offline, start=start)))
            for name, entry in config.servers.items()
        ]
    return [*checks, *(check for task in asked for check in task.result()), *(probe.result() for probe in probes)]
