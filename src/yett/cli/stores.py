"""Reads every secret that a config refers to, once, for commands that tell whether they can be read."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yett.config.schema import Config


def read_secrets(config: Config) -> list[tuple[str, str]]:
    """Ask the stores; return the places of those secrets that are not to be had, and why."""
    # What a gateway would log is what this returns.
    logging.getLogger("yett").addHandler(logging.NullHandler())
    return asyncio.run(_read(config))


async def _read(config: Config) -> list[tuple[str, str]]:
    from yett.config import live_secrets, secret_stores
    from yett.errors import ConfigError
    from yett.secrets.cache import Cache

    cache = Cache()
    try:
        await secret_stores.follow(cache, config)
        return [(str(config.places.get(at, "")), problem) for at, problem in live_secrets.unread(config)]
    except ConfigError as error:
        return [(error.where, str(error))]
    finally:
        await cache.close()
