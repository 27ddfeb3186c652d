"""Runs a program with values from strangers: no shell, a clean environment, and bounds on time and output."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from yett.errors import CommandFailed
from yett.safe.argv import Template, Value
from yett.safe.attendant import Attendant

TIMEOUT_SECONDS: Final = 30.0
OUTPUT_BYTES: Final = 1024 * 1024
"""For standard output, and as much again for standard error."""

_INHERITED: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_INHERITED_ON_WINDOWS: Final = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "USERPROFILE", "PATHEXT")
_BATCH: Final = (".bat", ".cmd")
"""Windows runs these with `cmd.exe`, which takes arguments apart again by rules of its own (CVE-2024-24576)."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A program that came to its end with a status that means success."""

    argv: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def text(self) -> str:
        """Standard output as text; what is no UTF-8 is shown as a replacement character."""
        return self.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class Command:
    """A program and its bounds, made once: `LOG = Command(["git", "log", "--", "{path}"], timeout=5)`.

    `argv` is a template; `{name}` is a parameter of `run()`. `env` is added to a few harmless variables; the rest of
    this process's environment stays here. `ok` are the statuses that mean success. `max_output` bounds standard
    output and standard error, each. Making one raises `ValueError` for a template that could never be safe.
    """

    argv: Sequence[str]
    timeout: float = field(default=TIMEOUT_SECONDS, kw_only=True)
    max_output: int = field(default=OUTPUT_BYTES, kw_only=True)
    cwd: str | os.PathLike[str] | None = field(default=None, kw_only=True)
    env: Mapping[str, str] = field(default_factory=dict, kw_only=True, repr=False)
    ok: Collection[int] = field(default=(0,), kw_only=True)
    _template: Template = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.timeout <= 0 or self.max_output <= 0:
            raise ValueError("`timeout` and `max_output` are bounds: both must be positive")
        object.__setattr__(self, "_template", Template.of(self.argv))

    def run(self, *, stdin: bytes = b"", **params: Value | Sequence[Value]) -> Finished:
        """Fill the template, run the program to its end and return what it said.

        Raises `UnsafeInput` before anything is started, or `CommandFailed`. Blocks its thread: in a coroutine, use
        `run_async`.
        """
        with ThreadPoolExecutor(1) as own:  # a thread of its own: the caller's may have an event loop that runs
            return own.submit(lambda: asyncio.run(self.run_async(stdin=stdin, **params))).result()

    async def run_async(self, *, stdin: bytes = b"", **params: Value | Sequence[Value]) -> Finished:
        """As `run`, without blocking the event loop. Cancelling it ends the program.

        Whatever happens, nothing that stayed in the program's process group is left running.
        """
        argv = self._template.fill(params)
        started = time.monotonic()
        transport, said = await self._start(argv)
        try:
            async with asyncio.timeout(self.timeout):
                said.begin(transport, stdin)
                await said.exited.wait()
        except TimeoutError:
            said.why = said.why or f"took longer than {self.timeout:g} seconds"
        finally:
            await said.end(transport)
        return self._finished(argv, transport.get_returncode(), said, time.monotonic() - started)

    async def _start(self, argv: list[str]) -> tuple[asyncio.SubprocessTransport, Attendant]:
        env = environment(self.env)
        program = executable(argv[0], env.get("PATH", os.defpath))
        try:
            return await asyncio.get_running_loop().subprocess_exec(
                lambda: Attendant(self.max_output),
                *argv,
                executable=program,
                cwd=self.cwd,
                env=env,
                # A session and a group of its own: no terminal to read from, and all of it can be ended at once.
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            raise CommandFailed(f"`{argv[0]}` cannot be started: {(error.strerror or '').lower()}") from error

    def _finished(self, argv: list[str], status: int | None, said: Attendant, seconds: float) -> Finished:
        stdout, stderr = bytes(said.stdout), bytes(said.stderr)
        if said.why:
            raise CommandFailed(f"`{argv[0]}` {said.why}", stderr=stderr)
        if status is None or status not in self.ok:
            raise CommandFailed(f"`{argv[0]}` ended with status {status}", status=status, stderr=stderr)
        return Finished(argv=tuple(argv), status=status, stdout=stdout, stderr=stderr, seconds=seconds)


def run(argv: Sequence[str], **params: Value | Sequence[Value]) -> Finished:
    """Run a program once, with the default bounds: `run(["git", "log", "--", "{path}"], path=path)`.

    The template must be a constant. A `Command` has bounds of its own and reads its template only once.
    """
    return Command(argv).run(**_named(params))


async def run_async(argv: Sequence[str], **params: Value | Sequence[Value]) -> Finished:
    """As `run`, without blocking the event loop."""
    return await Command(argv).run_async(**_named(params))


def _named(params: dict[str, Value | Sequence[Value]]) -> dict[str, Any]:
    if "stdin" in params:
        raise TypeError("`stdin` is an option of `Command.run`, and no parameter")
    return params


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """What a program gets to see of the environment: a few harmless variables, and what was added for it."""
    names = (*_INHERITED, *_INHERITED_ON_WINDOWS) if sys.platform == "win32" else _INHERITED
    return {name: os.environ[name] for name in names if name in os.environ} | dict(added)


def executable(name: str, path: str) -> str:
    """Where a program is. Relative entries of `PATH` are passed over: whoever owns the working directory owns them."""
    if os.path.dirname(name):  # noqa: PTH120 - pathlib drops a leading `./`
        if not os.path.isabs(name):  # noqa: PTH117 - as above
            raise CommandFailed(f"`{name}` is relative: name a program, or its whole path")
        found = shutil.which(name)
    else:
        trusted = [entry for entry in path.split(os.pathsep) if Path(entry).is_absolute()]
        found = shutil.which(name, path=os.pathsep.join(trusted)) if trusted else None
    if found is None:
        raise CommandFailed(f"there is no program `{name}`")
    if sys.platform == "win32" and found.lower().endswith(_BATCH):
        raise CommandFailed(f"`{name}` is a batch file, whose arguments a shell would read: name a program")
    return found
