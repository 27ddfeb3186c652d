"""`yett run`: the gateway in the foreground."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yett import __version__
from yett.cli.closed import close
from yett.cli.console import Exit, config_option, load_or_exit
from yett.cli.descriptors import allow_enough
from yett.cli.memory import keep_memory

_YOUNG_OBJECTS = 20_000
"""More objects made than freed, before the collector looks at them: far more than all calls under way hold."""

if TYPE_CHECKING:
    from yett.config.schema import Config
    from yett.enforce.instance import Instance


@click.command(short_help="Start the gateway")
@config_option
@click.option("-v", "--verbose", count=True, help="Log more: once for every event, twice for the libraries' too.")
@click.option("-q", "--quiet", is_flag=True, help="Log errors only.")
def command(config_path: Path, verbose: int, quiet: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Start the gateway and serve until SIGTERM or Ctrl-C.

    SIGHUP (or `yett reload`) applies a changed config, or keeps the old one and says why. The first SIGTERM lets
    running calls finish; the second ends them.
    """
    close()
    allow_enough()
    keep_memory()
    gc.disable()  # start-up drops next to nothing: looking for it time and again is a seventh of the start
    try:
        config = load_or_exit(config_path)
        log_to_stderr(verbose, quiet=quiet)
        sys.exit(loop_runner()(_serve(config_path, config)))
    finally:
        gc.enable()


def loop_runner() -> Callable[[Coroutine[Any, Any, int]], int]:
    """Choose uvloop where there is one, asyncio's own loop elsewhere."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    runner: Callable[[Coroutine[Any, Any, int]], int] = uvloop.run
    return runner


async def _serve(path: Path, config: Config) -> int:
    from yett.enforce.instance import Instance
    from yett.errors import ConfigError, YettError

    instance = Instance(path, config)
    try:
        await instance.start()
    except (YettError, OSError) as error:
        where = f"{error.where}: " if isinstance(error, ConfigError) and error.where else ""
        click.echo(f"error: {where}{error}", err=True)
        return Exit.USAGE
    _leave_what_stays()
    signals = Signals(instance)
    click.echo(ready_line(instance), err=True)
    await signals.obeyed()
    return Exit.OK


def _leave_what_stays() -> None:
    """Let the garbage collector work, but not look at what start-up made, nor look often: 6% of a call's time.

    A call leaves no cycles behind (a test says so), so reference counting alone frees everything it made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 50)
    gc.enable()


def ready_line(instance: Instance) -> str:
    """One line that says that every listener accepts, and where."""
    config = instance.config
    base = f"{config.listen.scheme}://{_shown(config.listen.host)}:{instance.port}"
    paths = ["/mcp"] if len(config.servers) == 1 else []
    paths += [f"/{name}/mcp" for name in config.servers]
    where = f" · admin http://{_shown(config.admin.host)}:{instance.admin_port}" if config.admin is not None else ""
    return f"yett {__version__} ready · {base} ({', '.join(paths)}){where}"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class Signals:
    """What the gateway is told while it serves. Handled from construction on, so that no signal after it is lost."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._told = asyncio.Event()
        self._forced = asyncio.Event()
        self._reloading: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    async def obeyed(self) -> None:
        """Return when the gateway has ended: drained after the first signal, or forced by the second."""
        await self._told.wait()
        seconds = float(self._instance.config.limits.drain)
        click.echo(
            f"yett is finishing running calls, {seconds:g} s at most; send the signal again to end now", err=True
        )
        stopping = asyncio.create_task(self._instance.stop(seconds))
        force = asyncio.create_task(self._forced.wait())
        await asyncio.wait({stopping, force}, return_when=asyncio.FIRST_COMPLETED)
        force.cancel()
        if not stopping.done():
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)
            await self._instance.stop(0)

    def _end(self) -> None:
        (self._forced if self._told.is_set() else self._told).set()

    def _reload(self) -> None:
        task = asyncio.create_task(self._reloaded())
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def _reloaded(self) -> None:
        problem = await self._instance.reload()
        click.echo(f"error: the old config stays\n{problem}" if problem else "yett reloaded its config", err=True)


def log_to_stderr(verbose: int, *, quiet: bool) -> None:
    """Log to standard error, as much as was asked for."""
    from yett.telemetry import Line

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose > 1 else logging.WARNING, force=True)
    level = logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING
    logging.getLogger("yett").setLevel(level)
