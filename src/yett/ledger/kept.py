"""Who waits until an intent is kept: something that is called back, or somebody who awaits it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from yett.errors import LedgerError


class Waiting(Protocol):
    """One of the two is called, once, and never before the writer took the record."""

    def kept(self) -> None:
        """The record is where `durability` wants it."""
        ...

    def unkept(self, error: LedgerError) -> None:
        """It is not, and nothing may be sent."""
        ...


class Kept:
    """Lets a coroutine wait: `await kept.future`."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def kept(self) -> None:
        """Let whoever waits go on."""
        if not self.future.done():
            self.future.set_result(None)

    def unkept(self, error: LedgerError) -> None:
        """Raise it where somebody waits."""
        if not self.future.done():
            self.future.set_exception(error)
