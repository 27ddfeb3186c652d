"""One server process: lines go in and come out, and in the end nothing of it is left.

Its three pipes are read and written by the event loop; nothing here blocks. The owner is told of every line and, once,
of the end, which is when the process is gone or will not say anything any more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Final, cast

from msgspec import Struct

from yett.errors import UpstreamTimeout, UpstreamUnavailable
from yett.upstream.command import Command, has_keeper, kept
from yett.upstream.lines import Lines, Overlong
from yett.upstream.stderr import Stderr

_LAST_WORDS: Final = 0.08
"""Seconds between the end of the process and the end of its output (or the other way round) that we wait for."""
_KILL_SECONDS: Final = 5.0


class ChildLimits(Struct, frozen=True, kw_only=True):
    """Times in seconds: for a write while the pipe is full, to leave after the end of input, and after SIGTERM."""

    line_bytes: int = 4 * 1024 * 1024
    write_seconds: float = 10.0
    eof_seconds: float = 2.0
    term_seconds: float = 2.0


class Child(asyncio.SubprocessProtocol):
    """A started process. `on_line` and `on_end` are called from the event loop and must not raise."""

    def __init__(
        self,
        limits: ChildLimits,
        stderr: Stderr,
        on_line: Callable[[bytes | Overlong], None],
        on_end: Callable[[str], None],
    ) -> None:
        self.stderr = stderr
        self._limits = limits
        self._lines = Lines(limits.line_bytes)
        self._on_line = on_line
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.SubprocessTransport | None = None
        self._exited = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._silent = False
        self._over = False
        self._patience: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        name: str,
        command: Command,
        *,
        limits: ChildLimits,
        on_line: Callable[[bytes | Overlong], None],
        on_end: Callable[[str], None],
    ) -> Child:
        """Start the process. Raises `UpstreamUnavailable` when that is impossible."""
        environment = command.environment()
        executable = command.executable(environment)
        stderr = Stderr(name, [secret.reveal() for secret in command.env.values()], time.monotonic)
        try:
            _, protocol = await asyncio.get_running_loop().subprocess_exec(
                lambda: cls(limits, stderr, on_line, on_end),
                *kept(executable, command.argv, limits.term_seconds),
                env=environment,
                cwd=command.cwd or None,
                # A session of its own: no terminal signal reaches it, and all of it can be killed as one group.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise UpstreamUnavailable(f"`{command.argv[0]}` cannot be started: {error}") from error
        return protocol

    @property
    def over(self) -> bool:
        """Whether the process said its last word."""
        return self._over

    @property
    def pid(self) -> int:
        """The process id of the keeper, where there is one, else of the server."""
        return self._transport.get_pid() if self._transport is not None else 0

    def write(self, line: bytes) -> bool:
        """Write a line if there is room for it now; tell whether there was."""
        pipe = self._stdin()
        if pipe is None or not self._writable.is_set():
            return False
        pipe.write(line)
        return True

    async def send(self, line: bytes) -> None:
        """Write a line, waiting while the pipe is full: a server that does not read for too long is of no use."""
        try:
            async with asyncio.timeout(self._limits.write_seconds):
                await self._writable.wait()
                if not self.write(line):
                    raise UpstreamUnavailable(f"the server process has ended{self._why()}")
                await self._writable.wait()
        except TimeoutError:
            raise UpstreamTimeout(
                f"the server did not read its input for {self._limits.write_seconds:g} seconds"
            ) from None

    async def stop(self) -> None:
        """End the process: end of input, SIGTERM, SIGKILL, for all it started. Returns when nothing is left of it."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        transport = self._transport
        if transport is None:
            return
        self._close_stdin()
        if not await self._left(self._limits.eof_seconds):
            # A keeper passes it on to everybody below, uses the time itself, and kills what is left.
            self._signal(signal.SIGTERM, whole_group=not has_keeper())
            if not await self._left(self._limits.term_seconds + _LAST_WORDS + 1.0):
                self._signal(signal.SIGKILL, whole_group=True)
                await self._left(_KILL_SECONDS)
        transport.close()
        self._finish()

    async def _left(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._exited.wait()
        except TimeoutError:
            return False
        return True

    def _signal(self, number: signal.Signals, *, whole_group: bool) -> None:
        try:
            if whole_group:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except (ProcessLookupError, PermissionError):  # it left meanwhile, or became another user's
            return

    def _stdin(self) -> asyncio.WriteTransport | None:
        pipe = self._transport.get_pipe_transport(0) if self._transport is not None else None
        return None if pipe is None or pipe.is_closing() else cast("asyncio.WriteTransport", pipe)

    def _close_stdin(self) -> None:
        pipe = self._stdin()
        if pipe is None:
            return
        if pipe.get_write_buffer_size():
            pipe.abort()  # closing would first wait until the server has read it all
        else:
            pipe.close()
        self._writable.set()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pause_writing(self) -> None:
        """The input pipe is full."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._writable.set()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Something was said, or complained about."""
        if fd != 1:
            self.stderr.feed(data)
            return
        for line in self._lines.feed(data):
            if not self._over:
                self._on_line(line)

    def pipe_connection_lost(self, fd: int, _exc: Exception | None) -> None:
        """A pipe was closed: with its output, the server's part in the conversation ends."""
        if fd == 0:
            self._writable.set()
        elif fd == 1:
            self._silent = True
            self._settle()

    def process_exited(self) -> None:
        """The process is gone, and has been waited for."""
        self._exited.set()
        self._writable.set()
        self._settle()

    def _settle(self) -> None:
        if self._silent and self._exited.is_set():
            self._finish()
        elif self._patience is None:
            self._patience = self._loop.call_later(_LAST_WORDS, self._finish)

    def _finish(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        if not self._over:
            self._over = True
            self._on_end(f"the server process has ended{self._why()}")

    def _why(self) -> str:
        code = self._transport.get_returncode() if self._transport is not None else None
        said = self.stderr.last_line
        return (f" with status {code}" if code is not None else "") + (f", saying `{said}`" if said else "")
