"""Standard input and output for an event loop: threads that block in its place, whatever the descriptors are.

An event loop can wait for pipes and sockets, but not for files, and only after making them non-blocking, which the
other holders of the same pipe (the client, a terminal) would notice. A thread that reads and one that writes work with
everything, on every system. Both are daemons: one that the client holds up does not keep the process from ending.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import AsyncIterator
from typing import Final

from yett.errors import DownstreamGone

_CHUNK: Final = 64 * 1024
_READ_AHEAD: Final = 4
"""Chunks; beyond them the client has to wait."""


def take_over() -> tuple[int, int]:
    """Take standard input and output away from everybody else in this process; return them.

    What anything here prints by mistake goes to standard error from now on, and not into the conversation.
    """
    ours = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return ours


class Inflow:
    """Reads a descriptor to its end. Make it within the event loop that reads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue(_READ_AHEAD)
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What comes, until nothing more will."""
        while chunk := await self._chunks.get():
            yield chunk

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._descriptor, _CHUNK)
            except OSError:  # a descriptor that cannot be read has nothing more to give
                chunk = b""
            try:
                # Returns when there is room: that is what makes the client wait.
                asyncio.run_coroutine_threadsafe(self._chunks.put(chunk), self._loop).result()
            except (RuntimeError, asyncio.CancelledError):  # the loop has ended
                return
            if not chunk:
                return


class Outflow:
    """Writes whole pieces to a descriptor, one after the other. Make it within the event loop that writes.

    A client that leaves a piece unread for `seconds` is taken for gone.
    """

    def __init__(self, descriptor: int, *, seconds: float) -> None:
        self._descriptor = descriptor
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._orders: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self._turn = asyncio.Lock()
        self.gone = asyncio.Event()
        """The client reads no more."""
        threading.Thread(target=self._write, name="stdout", daemon=True).start()

    async def write(self, piece: bytes) -> None:
        """Return when the piece was taken. Raises `DownstreamGone`."""
        async with self._turn:
            if self.gone.is_set():
                raise DownstreamGone("the client is gone")
            done: asyncio.Future[None] = self._loop.create_future()
            self._orders.put((piece, done))
            try:
                async with asyncio.timeout(self._seconds):
                    # Shielded: half a piece in the pipe would make nonsense of the next one.
                    await asyncio.shield(done)
            except TimeoutError:
                self.gone.set()
                raise DownstreamGone(f"the client left an answer unread for {self._seconds:g} seconds") from None
            except OSError as error:
                self.gone.set()
                raise DownstreamGone("the client is gone") from error

    def _write(self) -> None:
        while True:
            piece, done = self._orders.get()
            try:
                while piece:
                    piece = piece[os.write(self._descriptor, piece) :]
                failure = None
            except OSError as error:
                failure = error
            try:
                self._loop.call_soon_threadsafe(_settle, done, failure)
            except RuntimeError:  # the loop has ended
                return


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
