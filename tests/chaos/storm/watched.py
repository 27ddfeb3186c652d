"""`yett`, observed: a process that has imported it, and forks a gateway for each line it is told.

A gateway's start is mostly its imports; forked from here it serves within milliseconds, so that it can be killed 200
times. SIGUSR1 makes a gateway write which tasks and descriptors it has, SIGUSR2 how large its tables are. Nothing else
differs from `yett run`.

    python watched.py < jobs > events
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
CONTAINERS = (dict, list, set, deque)
_OVERRIDING = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root write where the mode says no."""


def look_inside(path: str) -> None:
    """On SIGUSR1, write to `path` how many tasks this process has, and its descriptors; on SIGUSR2, a census."""

    def look(*_: object) -> None:
        write({"tasks": len(asyncio.all_tasks()), "descriptors": list(targets())})

    def count(*_: object) -> None:
        write(census())

    def write(seen: dict[str, Any]) -> None:
        with open(path + ".new", "w", encoding="ascii") as file:  # noqa: PTH123 - within a signal handler, no frills
            file.write(json.dumps(seen))
        os.replace(path + ".new", path)  # noqa: PTH105 - as above

    signal.signal(signal.SIGUSR1, look)
    signal.signal(signal.SIGUSR2, count)


def census() -> dict[str, Any]:
    """How many objects there are, and how much Yett's own objects and modules hold, by the names of the containers.

    Garbage is collected first: it is not held by anybody, and Python comes round to it when it likes. What the gateway
    took out of the collector's sight at its start counts as well.
    """
    gc.unfreeze()
    gc.collect()
    things = gc.get_objects()
    tables: Counter[str] = Counter()
    for thing in things:
        kind = type(thing)
        if str(getattr(kind, "__module__", "")).partition(".")[0] == "yett":
            tables[kind.__qualname__] += 1
            for name, value in fields(thing):
                if isinstance(value, CONTAINERS):
                    tables[f"{kind.__qualname__}.{name}"] += len(value)
    for title, module in list(sys.modules.items()):
        if title.partition(".")[0] == "yett":
            for name, value in list(vars(module).items()):
                if isinstance(value, CONTAINERS) and not name.startswith("__"):
                    tables[f"{title}.{name}"] += len(value)
                elif hasattr(value, "cache_parameters") and value.cache_parameters()["maxsize"] is None:
                    tables[f"{title}.{name}()"] += value.cache_info().currsize
    return {"objects": len(things), "tables": {name: size for name, size in tables.items() if size}}


def fields(thing: object) -> Iterator[tuple[str, Any]]:
    """The attributes of an object that are set, and its own."""
    yield from list(getattr(thing, "__dict__", {}).items())
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__"):
                continue
            with contextlib.suppress(AttributeError):  # not set, or a name that the class has mangled
                yield name, getattr(thing, name)


def targets() -> Iterator[str]:
    """What the open descriptors lead to."""
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - no frills here either
        with contextlib.suppress(OSError):  # the listing's own is closed by now
            yield os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115 - as above


def become(job: dict[str, Any]) -> NoReturn:
    """Be the gateway."""
    from yett.cli.main import main

    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(job["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    os.closerange(3, 64)
    os.chdir(job["folder"])
    if job["bound"]:
        bind_by_modes()
    look_inside(job["look"])
    sys.argv = ["yett", *job["arguments"]]
    try:
        main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    os._exit(0)


def bind_by_modes() -> None:
    """Take from root what lets it write where the mode says no."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in _OVERRIDING:
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets) == 0:
        for word in (0, 1):
            sets[word] &= ~sum(1 << capability for capability in _OVERRIDING)
        libc.capset(header, sets)


def serve() -> None:
    """Fork for each job, tell of each start and end; end with the one that gives the jobs."""
    import uvloop  # noqa: F401 - imported before the fork, like the next two

    import yett.cli.run
    import yett.enforce.instance  # noqa: F401 - as above

    tell({"ready": os.getpid()})
    pending = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.05)
        if readable:
            received = os.read(0, 65536)
            if not received:
                return
            pending += received
            *lines, pending = pending.split(b"\n")
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    become(json.loads(line))
                tell({"started": pid})
        reap()


def reap() -> None:
    """Collect who has ended, and tell."""
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            tell({"ended": pid, "status": os.waitstatus_to_exitcode(status)})
    except ChildProcessError:
        return


def tell(event: dict[str, int]) -> None:
    """One line to whoever started us."""
    os.write(1, json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        # An ordinary start: for what must be there from the first instruction on, such as a preloaded library.
        look_inside(sys.argv[2])
        sys.argv = ["yett", *sys.argv[3:]]
        from yett.cli.main import main as yett

        yett()
    else:
        serve()
