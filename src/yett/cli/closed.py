"""Closes this process to the other programs of its user: secrets leave it neither as a core dump nor through /proc."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

if sys.platform != "win32":
    import resource

_PR_SET_DUMPABLE: Final = 4


def close() -> None:
    """Allow no core dump, and nobody but root to read memory and environment or to trace (prctl(2), proc(5)).

    A stdio server runs as the same user: without this it could read what the gateway was started with. Programs that
    are started from here are not closed, but dump no core either.
    """
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Best effort: a sandbox may forbid the call, and a gateway that does not start protects nobody.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
