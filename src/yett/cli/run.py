"""`yett run`: the gateway in the foreground."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yett import __version__
from yett.cli.console import Exit, config_option, load_or_exit

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
    config = load_or_exit(config_path)
    _log_to_stderr(verbose, quiet=quiet)
    sys.exit(_loop_runner()(_serve(config_path, config)))


def _loop_runner() -> Callable[[Coroutine[Any, Any, int]], int]:
    """Choose uvloop where there is one, asyncio's own loop elsewhere."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    runner: Callable[[Coroutine[Any, Any, int]], int] = uvloop.run
    return runner


async def _serve(path: Path, config: Config) -> int:
    from yett.enforce.instance import Instance
    from yett.errors import YettError

    instance = Instance(path, config)
    try:
        await instance.start()
    except (YettError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        return Exit.USAGE
    click.echo(ready_line(instance), err=True)
    await _until_told(instance)
    return Exit.OK


def ready_line(instance: Instance) -> str:
    """One line that says that every listener accepts, and where."""
    config = instance.config
    host = f"[{config.listen.host}]" if ":" in config.listen.host else config.listen.host
    base = f"{config.listen.scheme}://{host}:{instance.port}"
    paths = ["/mcp"] if len(config.servers) == 1 else []
    paths += [f"/{name}/mcp" for name in config.servers]
    where = f" · admin http://{config.admin.listen}" if config.admin is not None else ""
    return f"yett {__version__} ready · {base} ({', '.join(paths)}){where}"


async def _until_told(instance: Instance) -> None:
    """Serve until a signal; the first one drains, the second one forces."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    forced = asyncio.Event()

    def end() -> None:
        (forced if told.is_set() else told).set()

    def reload() -> None:
        reloading.add(task := loop.create_task(_reload(instance)))
        task.add_done_callback(reloading.discard)

    reloading: set[asyncio.Task[None]] = set()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await told.wait()
    seconds = float(instance.config.limits.drain)
    click.echo(f"yett is finishing running calls, {seconds:g} s at most; send the signal again to end now", err=True)
    stopping = loop.create_task(instance.stop(seconds))
    force = loop.create_task(forced.wait())
    await asyncio.wait({stopping, force}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        await instance.stop(0)
    force.cancel()


async def _reload(instance: Instance) -> None:
    problem = await instance.reload()
    click.echo(f"error: the old config stays\n{problem}" if problem else "yett reloaded its config", err=True)


def _log_to_stderr(verbose: int, *, quiet: bool) -> None:
    from yett.telemetry import Line

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose > 1 else logging.WARNING, force=True)
    level = logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING
    logging.getLogger("yett").setLevel(level)
