"""Calls at a fixed rate, whatever the answers take: how long each took from the moment it was due."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from typing import Final

from yardstick.programs import BenchError

_SECONDS: Final = 30.0
_GULP: Final = 65_536


def paced(port: int, request: bytes, weight: int, *, rate: float, seconds: float, lanes: int = 32) -> list[float]:
    """The seconds from due to answered of each call. `weight` is an answer's size; another one is an error.

    A call that is due while all lanes are busy waits, and its waiting counts: a stall is not hidden by calling less.
    """
    took: list[float] = []
    waiting: deque[float] = deque()
    with selectors.DefaultSelector() as ready:
        free = [_opened(port, ready) for _ in range(lanes)]
        everyone = list(free)
        try:
            due = time.perf_counter()
            end = due + seconds
            while due < end or waiting or len(free) < lanes:
                now = time.perf_counter()
                while due <= now and due < end:
                    waiting.append(due)
                    due += 1 / rate
                while waiting and free:
                    free.pop().call(request, waiting.popleft())
                for key, _ in ready.select(max(0.0, min(due - now, 0.01))):
                    lane: _Lane = key.data
                    if lane.heard(weight):
                        took.append(time.perf_counter() - lane.due)
                        free.append(lane)
        finally:
            for lane in everyone:
                lane.socket.close()
    return took


class _Lane:
    """A connection with at most one call under way."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.due = 0.0
        self._missing = 0

    def call(self, request: bytes, due: float) -> None:
        """Send a call that was due at a moment."""
        self.due = due
        self._missing = -1
        self.socket.sendall(request)

    def heard(self, weight: int) -> bool:
        """Read on; whether the answer is whole."""
        received = len(self.socket.recv(_GULP))
        if not received:
            raise BenchError("the connection was closed within an answer")
        self._missing = (weight if self._missing < 0 else self._missing) - received
        if self._missing < 0:
            raise BenchError(f"an answer is {-self._missing} bytes longer than the one that was checked")
        return not self._missing


def _opened(port: int, ready: selectors.BaseSelector) -> _Lane:
    lane = _Lane(socket.create_connection(("127.0.0.1", port), _SECONDS))
    lane.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ready.register(lane.socket, selectors.EVENT_READ, lane)
    return lane
