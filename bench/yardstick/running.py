"""A program that a measurement runs: started on its core with its words in a file, and ended with the measurement."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from yardstick.programs import BenchError, program

START_SECONDS: Final = 60.0
END_SECONDS: Final = 20.0
_NAP: Final = 0.02


class Running:
    """A process of ours."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        """Its id. `taskset` replaces itself, so it is the program's own."""
        return self.process.pid

    def said(self) -> str:
        """The end of what it printed."""
        return self.log.read_text("utf-8", errors="replace")[-2000:]

    def until(self, ready: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
        """Wait for something that the process does. Raises `BenchError` when it ends or takes too long."""
        end = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                raise BenchError(f"{what}: the process ended with {self.process.returncode}:\n{self.said()}")
            if time.monotonic() > end:
                raise BenchError(f"{what}: not after {seconds:g} s:\n{self.said()}")
            time.sleep(_NAP)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    log: Path,
    *,
    core: int | None,
    env: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Running]:
    """Run a program on one core, in `folder`, and end it."""
    pinned = [] if core is None else [program("taskset"), "-c", str(core)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*pinned, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(env or {})},
            cwd=folder,
        )
    try:
        yield Running(process, log)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on just now."""
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(door.getsockname()[1]) for door in doors]


def answers(port: int) -> bool:
    """Whether somebody listens on a port of the loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0):
            return True
    except OSError:
        return False


class Cores:
    """Which core is whose: the proxy alone on the first, load and upstream on the second."""

    def __init__(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) == 1:
            raise BenchError("a measurement needs two cores: one for the proxy, one for load and upstream")
        self.proxy, self.load = cores[0], cores[-1]
