"""What the kernel says about a process: processor time and memory, from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12
"""Places behind the name of the program; proc_pid_stat(5) counts them as 14 and 15."""


def ticks_of(stat: str) -> int:
    """Processor time in clock ticks, user and system, from the text of /proc/PID/stat.

    The program's name stands in brackets and may hold blanks and brackets of its own: the last one ends it.
    """
    fields = stat.rpartition(")")[2].split()
    return int(fields[_UTIME]) + int(fields[_STIME])


def resident_of(status: str) -> int:
    """Resident memory in KiB, from the text of /proc/PID/status."""
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ValueError("no VmRSS in the status of the process")


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def family_of(pid: int) -> list[int]:
    """The process and all below it."""
    return [pid, *(one for child in children_of(pid) for one in family_of(child))]


def cpu_seconds(pid: int) -> float:
    """Processor time of the process and its children so far."""
    return sum(ticks_of(Path(f"/proc/{one}/stat").read_text("ascii")) for one in family_of(pid)) / TICKS


def resident_kib(pid: int) -> int:
    """Resident memory of the process, without its children."""
    return resident_of(Path(f"/proc/{pid}/status").read_text("ascii"))
