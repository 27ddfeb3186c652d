"""Quantities as people write them: `1MiB`, `60s`, `600/min`. A number without a unit says too little: refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Self

from yett.config.wording import Unreadable

_SIZES: Final = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 10**6, "MiB": 1024**2, "GB": 10**9, "GiB": 1024**3}
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PERIODS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
# Nine digits: beyond any meaning here, and short enough that no product overflows a double's exact range.
SIZE_PATTERN: Final = r"^[0-9]{1,9}(B|kB|KiB|MB|MiB|GB|GiB)$"
SECONDS_PATTERN: Final = r"^[0-9]{1,9}(ms|s|min|h|d)$"
PACE_PATTERN: Final = r"^[1-9][0-9]{0,8}/(s|min|h|d)$"
_QUANTITY: Final = re.compile(r"([0-9]{1,9})([A-Za-z]+)", re.ASCII)
_PACE: Final = re.compile(r"([1-9][0-9]{0,8})/([A-Za-z]+)", re.ASCII)


class Size(int):
    """A number of bytes that prints with its unit."""

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read `1MiB`. Raises `Unreadable`."""
        number, unit = _quantity(text, "size", "1MiB", _SIZES)
        return cls(number * _SIZES[unit])

    def __str__(self) -> str:
        """Write with the largest binary unit that leaves a whole number."""
        for unit in ("GiB", "MiB", "KiB"):
            if self and self % _SIZES[unit] == 0:
                return f"{self // _SIZES[unit]}{unit}"
        return f"{int(self)}B"


class Seconds(float):
    """A stretch of time in seconds that prints with its unit."""

    @classmethod
    def parse(cls, text: str) -> Seconds:
        """Read `60s`. Raises `Unreadable`."""
        number, unit = _quantity(text, "time", "30s", _SECONDS)
        return cls(number * _SECONDS[unit])

    def __str__(self) -> str:
        """Write with the largest unit that leaves a whole number."""
        milliseconds = round(self * 1000)
        for unit in ("d", "h", "min", "s"):
            step = round(_SECONDS[unit] * 1000)
            if milliseconds and milliseconds % step == 0:
                return f"{milliseconds // step}{unit}"
        return f"{milliseconds}ms"


class Pace(int):
    """A number of calls that knows the period it is meant for, in seconds."""

    per: Seconds

    def __new__(cls, calls: int, per: float) -> Self:
        """`Pace(600, 60.0)` is 600 a minute."""
        pace = super().__new__(cls, calls)
        pace.per = Seconds(per)
        return pace

    def __reduce__(self) -> tuple[type[Self], tuple[int, float]]:
        """Copies keep the period."""
        return type(self), (int(self), float(self.per))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `600/min`. Raises `Unreadable`."""
        found = _PACE.fullmatch(text)
        if found is None or found.group(2) not in _PERIODS:
            raise Unreadable(f"`{text}` is not a rate", "write a number, `/` and one of s, min, h, d: `600/min`")
        return cls(int(found.group(1)), _PERIODS[found.group(2)])

    def __str__(self) -> str:
        """Write it the way it is read."""
        unit = next((unit for unit, seconds in _PERIODS.items() if seconds == self.per), str(self.per))
        return f"{int(self)}/{unit}"


def _quantity(text: str, noun: str, example: str, units: Mapping[str, object]) -> tuple[int, str]:
    found = _QUANTITY.fullmatch(text)
    if found is not None and found.group(2) in units:
        return int(found.group(1)), found.group(2)
    names = ", ".join(units)
    if text.isascii() and text.lstrip("-").isdigit():
        raise Unreadable(f"`{text}` has no unit", f"write one of {names} behind the number: `{example}`")
    raise Unreadable(f"`{text}` is not a {noun}", f"write a whole number and one of {names}: `{example}`")
