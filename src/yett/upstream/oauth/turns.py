"""One at a time for each name, among all processes that share a folder: what must not be done twice at once."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from yett import exclusive
from yett.errors import StoreError

_SECONDS: Final = 10.0
"""The longest wait: as long as the one question that another process may be asking."""
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.2


class Turn(AbstractAsyncContextManager["Turn"]):
    """One turn, taken when it is entered. The system takes it back from a process that ends, however it ends.

    Waiting holds up neither the event loop nor a thread, and may be given up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._inside = threading.Lock()
        self._left = False
        self._held = False

    async def __aenter__(self) -> Self:
        try:
            await self._wait()
        except BaseException:
            self.leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._held:
            self.leave()

    def hold(self) -> None:
        """Keep the turn beyond the context, until `leave()`."""
        self._held = True

    def leave(self) -> None:
        """Let the next one have it."""
        self._left = True
        # A thread that is inside leaves in our place: the event loop waits for no disk.
        if self._inside.acquire(blocking=False):
            try:
                if self._descriptor is not None:
                    os.close(self._descriptor)
                    self._descriptor = None
            finally:
                self._inside.release()

    async def _wait(self) -> None:
        clock = asyncio.get_running_loop().time
        until, pause = clock() + _SECONDS, _FIRST_PAUSE
        while not await asyncio.to_thread(self._try):
            if clock() >= until:
                raise StoreError(f"another one has been at work under `{self._path}` for {_SECONDS:g} s: try again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _try(self) -> bool:
        try:
            with self._inside:
                if self._left:
                    return False
                if self._descriptor is None:
                    self._descriptor = _opened(self._path)
                return exclusive.try_lock(self._descriptor)
        except OSError as error:
            why = (error.strerror or "unknown error").lower()
            raise StoreError(f"`{self._path}` cannot be locked: {why}") from None
        finally:
            if self._left:
                self.leave()


def _opened(path: Path) -> int:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
