"""Attends to one running program: keeps what it says, up to a bound, and ends it with all of its process group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import Final, cast

_CLOSING_SECONDS: Final = 2.0
"""How long the pipes may take to close after the program ended: a daemon that left the group may hold them for ever."""


class Attendant(asyncio.SubprocessProtocol):
    """`why` says what was wrong about how it went, or is empty."""

    def __init__(self, limit: int) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.why = ""
        self.exited = asyncio.Event()
        self._limit = limit
        self._closed = asyncio.Event()
        self._pid = 0

    def begin(self, transport: asyncio.SubprocessTransport, stdin: bytes) -> None:
        """Hand over the input, and its end."""
        pipe = cast("asyncio.WriteTransport | None", transport.get_pipe_transport(0))
        if pipe is not None:
            pipe.write(stdin)
            pipe.close()

    async def end(self, transport: asyncio.SubprocessTransport) -> None:
        """End what still runs, and wait until nothing of it is left here."""
        self._kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._closed.wait()
        transport.close()
        await self.exited.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The program runs."""
        self._pid = cast("asyncio.SubprocessTransport", transport).get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what was said; who says too much is ended."""
        said = self.stdout if fd == 1 else self.stderr
        room = self._limit - len(said)
        said += data[:room]
        if len(data) > room and not self.why:
            self.why = f"said more than {self._limit} bytes"
            self._kill()

    def process_exited(self) -> None:
        """The program itself is gone, and has been waited for."""
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """It is gone, and so are all who held its pipes."""
        self._closed.set()

    def _kill(self) -> None:
        # The group outlives its leader, and keeps its number from being given to others while it has a member.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                os.kill(self._pid, signal.SIGTERM)
            else:
                os.killpg(self._pid, signal.SIGKILL)
