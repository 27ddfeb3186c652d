"""What runs beside the exchanges: each task has a name, an owner and an end, and none ends unseen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from yett import telemetry
from yett.errors import YettError


class Background:
    """The tasks of one instance. `ended` says which of them ended by itself, and is empty while all is well."""

    def __init__(self) -> None:
        self.ended = ""
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._tasks

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task."""
        task = self._tasks[name] = asyncio.create_task(work, name=name)
        task.add_done_callback(self._forget)

    async def end(self, name: str) -> None:
        """End a task, if it runs."""
        task = self._tasks.pop(name, None)
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """End all of them."""
        for name in list(self._tasks):
            await self.end(name)

    def _forget(self, task: asyncio.Task[None]) -> None:
        if self._tasks.get(task.get_name()) is task:
            del self._tasks[task.get_name()]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # Nobody revokes, keeps alive or lists any more: that must not pass unseen.
            self.ended = f"{task.get_name()} ended: {type(error).__name__}"
            telemetry.warning("background.ended", work=task.get_name(), error=type(error).__name__)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again; a failure is reported and does not end it."""
    while True:
        started = time.monotonic()
        try:
            await work()
        except YettError as error:
            telemetry.warning("background.failed", work=getattr(work, "__name__", ""), error=str(error))
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - started)))
