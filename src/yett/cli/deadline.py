"""A bound on the time that one target may cost: whoever wrote it must not be able to keep an audit busy for ever."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TookTooLong(BaseException):
    """The time is up. No Exception: whoever catches those must not catch this."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TookTooLong once the body has used that much time of the processor. Only for the main thread, on POSIX.

    Time of the processor, not of the clock: a busy machine is no reason to audit less.
    """
    if seconds <= 0 or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise TookTooLong
