"""The secrets of a config that follow their sources: where they stand, and what becomes of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from yett.config.node import Path as KeyPath
from yett.config.schema import SHORTEST_KEY, Config
from yett.config.servers import HttpServer, InlineServer, ProcessServer, Server
from yett.errors import ConfigError, SecretError
from yett.secrets.live import LiveSecret
from yett.secrets.secret import Secret


def live_secrets(part: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, LiveSecret]]:
    """Every live secret below a part of the config, with its path from there."""
    if isinstance(part, LiveSecret):
        yield path, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from live_secrets(getattr(part, name), (*path, name))
    elif isinstance(part, Mapping):
        for key, item in part.items():
            yield from live_secrets(item, (*path, key))
    elif isinstance(part, tuple):
        for position, item in enumerate(part):
            yield from live_secrets(item, (*path, position))


def generations(config: Config) -> dict[str, int]:
    """How often the secrets have changed that the processes of each server are started with."""
    processes = {name: server for name, server in config.servers.items() if isinstance(server, ProcessServer)}
    return {
        name: sum(secret.generation for _, secret in live_secrets(server.env)) for name, server in processes.items()
    }


def credentials(config: Config) -> list[str]:
    """The gateway's own credentials for its servers: one that comes back in a reply goes no further."""
    given = [secret for server in config.servers.values() for secret in _given_to(server).values()]
    # A literal (`LOG_LEVEL: info`) is no secret. Of `Bearer <token>`, the token alone is one too.
    values = [secret.reveal() for secret in given if secret.known and secret.shown != secret.reveal()]
    return [part for value in values for part in {value, value.rpartition(" ")[2]}]


def _given_to(server: Server) -> Mapping[str, Secret]:
    match server:
        case ProcessServer():
            return server.env
        case HttpServer():
            return server.headers
        case InlineServer():
            return {}


def ledger_key(config: Config, secret: Secret) -> bytes:
    """The key of the record. Without it nothing may happen, so nothing starts: raises `ConfigError`."""
    place = config.places.get(("ledger", "key"))
    where = "" if place is None else str(place)
    try:
        key = secret.reveal().encode()
    except SecretError as error:
        raise ConfigError(str(error), where=where) from None
    if len(key) < SHORTEST_KEY:
        raise ConfigError(f"the key is shorter than {SHORTEST_KEY} bytes", where=where)
    return key


def unread(config: Config) -> list[tuple[KeyPath, str]]:
    """Where secrets stand that cannot be read, and why not."""
    found = []
    for path, secret in live_secrets(config):
        try:
            secret.reveal()
        except SecretError as error:
            found.append((path, str(error)))
    return found
