"""Lets this process open as many files as its connections need: the usual limit of 1,024 holds up 500 calls."""

from __future__ import annotations

import sys
from typing import Final

if sys.platform != "win32":
    import resource

ENOUGH: Final = 65_536
"""For the connections of the default limits, both ways, three times over. Not all that the system would give: server
processes inherit it, and some programs try every possible descriptor when they start."""

_WITHOUT_END: Final = -1
"""`RLIM_INFINITY`, as Python shows it."""


def allow_enough() -> None:
    """Raise the soft limit towards the hard one. Where that is lower, the system has the last word."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised(soft, hard), hard))


def allowed() -> int:
    """How many files a gateway started from here may open; -1 is without end."""
    if sys.platform == "win32":
        return _WITHOUT_END
    return raised(*resource.getrlimit(resource.RLIMIT_NOFILE))


def raised(soft: int, hard: int) -> int:
    """Return the soft limit to have; never less than the present one."""
    if _WITHOUT_END in (soft, hard):
        return soft if soft == _WITHOUT_END else max(soft, ENOUGH)
    return max(soft, min(hard, ENOUGH))
