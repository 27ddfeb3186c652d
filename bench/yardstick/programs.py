"""The programs that a measurement needs and does not bring: where they are, or how to get them."""

from __future__ import annotations

import shutil
from typing import Final


class BenchError(Exception):
    """A measurement could not be made; the message says what to look at."""


HOW: Final = {
    "nginx": "the yardstick; Debian and Ubuntu: `apt-get install nginx-light`, macOS: `brew install nginx`",
    "wrk": "the load; Debian and Ubuntu: `apt-get install wrk`, macOS: `brew install wrk`",
    "taskset": "pins processes to cores; Debian and Ubuntu: `apt-get install util-linux`",
    "valgrind": "counts instructions; Debian and Ubuntu: `apt-get install valgrind`",
    "vgdb": "tells valgrind what to do, and comes with it; Debian and Ubuntu: `apt-get install valgrind`",
}


def program(name: str) -> str:
    """The path of a program. Raises `BenchError` that says how to install it."""
    path = shutil.which(name)
    if path is None:
        raise BenchError(f"`{name}` is not installed ({HOW[name]})")
    return path


def missing(*names: str) -> list[str]:
    """One sentence for each of these programs that is not there."""
    return [f"`{name}` is not installed ({HOW[name]})" for name in names if shutil.which(name) is None]
