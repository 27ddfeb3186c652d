"""A lifetime on the command line: `12h`, `30d`, `8w`, `never`."""

from __future__ import annotations

import re
from typing import Final

from yett.cli.console import Exit, fail

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LIFETIME: Final = re.compile(r"([1-9][0-9]{0,8})([smhdw])")
_LONGEST: Final = 10 * 365 * 86_400
"""Ten years: whoever means longer means `never`, and should say it."""


def end(lifetime: str, now: float, *, option: str) -> float | None:
    """When it is over, in seconds since the epoch; `None` for never. Exits where it is no lifetime."""
    from yett.identity.entry import NEVER

    if lifetime == NEVER:
        return None
    match = _LIFETIME.fullmatch(lifetime)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST:
        fail(f"`{option} {lifetime}` is no lifetime: write `12h`, `30d`, `8w` or `never`", Exit.USAGE)
    return now + seconds
