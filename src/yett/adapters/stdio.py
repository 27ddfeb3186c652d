"""Serves a Python MCP server on standard input and output with Yett inside: no second process, and no gateway."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from os import PathLike
from pathlib import Path

from yett.config.load import load
from yett.config.schema import Config
from yett.config.servers import InlineServer
from yett.enforce.embedded import only_inline
from yett.enforce.wrapped import Wrapped, check_caller, run
from yett.errors import ConfigError
from yett.upstream.app_pool import App
from yett.wire.pipes import take_over

TOKEN = "YETT_TOKEN"  # noqa: S105 - the name of the variable


def read(config: str | PathLike[str] | Config, name: str) -> tuple[Config, str, InlineServer]:
    """The config, and the inline server that is meant. Raises `ConfigError`."""
    whole = config if isinstance(config, Config) else load(Path(config))
    chosen = name or only_inline(whole)
    server = whole.servers.get(chosen)
    if not isinstance(server, InlineServer):
        raise ConfigError(f"the server `{chosen}` is not this one: write `{chosen}: {{ inline: true }}`")
    return whole, chosen, server


def serve(app: App, config: Config, name: str) -> None:
    """Serve the client that started this program, until it leaves. Raises `YettError`."""
    token = os.environ.get(TOKEN, "")
    check_caller(config, token)
    wrapped = Wrapped(config, name, token=token, app=app)
    asyncio.run(_served(wrapped, *take_over()))


async def _served(wrapped: Wrapped, source: int, sink: int) -> None:
    told = asyncio.Event()
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
    await run(wrapped, source, sink, told)
