"""Instructions that a process executes, counted by valgrind: the same on a busy machine as on a quiet one.

The processor counts without slowing the process down fifty times, but virtual machines rarely let it be asked.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from yardstick.programs import BenchError, program

_SECONDS: Final = 60.0


def command(folder: Path) -> tuple[str, ...]:
    """What goes in front of a program that is to be counted. It counts nothing until it is told to."""
    dumps = folder / "callgrind.out"
    return (program("valgrind"), "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={dumps}")


def total(text: str) -> int:
    """The count in a dump of callgrind's. Raises `BenchError` where there is none."""
    for line in text.splitlines():
        if line.startswith("totals: "):
            return int(line.split()[1])
    raise BenchError("callgrind wrote no total")


class Counter:
    """Counts a process that runs under callgrind."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._pid = pid
        self._folder = folder
        self._dumps = 0

    def begin(self) -> None:
        """Count from now on. What runs next is translated anew, and the caches are cold: warm up once more."""
        self._tell("instrumentation on")

    def counted(self, work: Callable[[], None]) -> int:
        """How many instructions the process executes, in all its threads, while `work` runs here."""
        self._tell("zero")
        work()
        self._tell("dump")
        self._dumps += 1
        return total((self._folder / f"callgrind.out.{self._dumps}").read_text("utf-8"))

    def _tell(self, word: str) -> None:
        vgdb = (program("vgdb"), f"--pid={self._pid}", word)
        told = subprocess.run(
            vgdb, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_SECONDS
        )
        if told.returncode:
            raise BenchError(f"callgrind does not obey `{word}`: {told.stderr.strip()[-300:]}")
