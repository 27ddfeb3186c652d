"""A program of its own: starts one server, and sees to it that nothing of the server outlives its purpose.

    python -I -S keeper.py GATEWAY_PID SECONDS EXECUTABLE ARGV0 [ARGUMENT ...]

It stands between the gateway and the server and passes nothing on: the server inherits the pipes. Everything that the
server ever starts stays below the keeper, daemons included, because the keeper is a "child subreaper": who loses their
parent becomes its child. It ends them all when the server exits, when it is told to (SIGTERM), and when the gateway
dies, even by SIGKILL (PR_SET_PDEATHSIG). Should the keeper itself be killed, the server is killed with it.

Linux only. It imports nothing of the gateway, so that it starts in milliseconds and stays small.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_WATCHED: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
_CANNOT_START: Final = 127
_ORPHANED: Final = 126
_LOOK_SECONDS: Final = 2.0
_PATIENCE: Final = 5.0
"""Seconds to go on killing. What is left then cannot be killed by us."""


def main(arguments: list[str]) -> int:
    """Start the server, wait, clean up; return its exit status (128 + signal, as shells do)."""
    gateway, seconds, executable, *argv = arguments
    # Blocked before the first child exists, so that no signal is lost; they are taken one by one in `_watch`.
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(gateway):  # it died before the line above
        return _ORPHANED
    server = os.fork()
    if server == 0:
        _become(executable, argv)
    _let_go_of_the_pipes()
    return _watch(server, float(seconds))


def _become(executable: str, argv: list[str]) -> NoReturn:
    try:
        keeper = os.getppid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(_ORPHANED)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and what is ignored is inherited
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execv(executable, argv)  # noqa: S606 - starting a program without a shell is the point
    except OSError as error:
        os.write(2, f"cannot start `{executable}`: {error.strerror}\n".encode())
    os._exit(_CANNOT_START)


def _let_go_of_the_pipes() -> None:
    """The server alone holds its ends, so that either side sees when the other one is gone."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)


def _watch(server: int, seconds: float) -> int:
    """Wait until the server is gone, or it has to go: then it is asked first, and forced after `seconds`."""
    gateway = os.getppid()
    status: int | None = None
    while status is None:
        # The time-out is a second way to learn that the gateway died, where a sandbox forbids the first.
        taken = signal.sigtimedwait(_WATCHED, _LOOK_SECONDS)
        status = _reap(server)
        told = taken is not None and taken.si_signo != signal.SIGCHLD
        if status is None and (told or os.getppid() != gateway):
            status = _ask_to_end(server, seconds)
            break
    return _kill_all(server, status)


def _ask_to_end(server: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    living = _signal_all(signal.SIGTERM)
    status = None
    while living and time.monotonic() < deadline:
        signal.sigtimedwait({signal.SIGCHLD}, 0.02)
        found = _reap(server)
        status = found if status is None else status
        living = bool(_below(os.getpid()))
    return status


def _kill_all(server: int, status: int | None) -> int:
    """Kill until nothing is left below: what is being killed may still fork."""
    deadline = time.monotonic() + _PATIENCE
    while _signal_all(signal.SIGKILL) and time.monotonic() < deadline:
        time.sleep(0.002)
        found = _reap(server)
        status = found if status is None else status
    found = _reap(server)
    status = found if status is None else status
    return 128 + signal.SIGKILL if status is None else status


def _reap(server: int) -> int | None:
    """Collect everybody who died, so that no zombie stays; return the server's status if it was among them."""
    status = None
    while True:
        try:
            pid, raw = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == server:
            code = os.waitstatus_to_exitcode(raw)
            status = 128 - code if code < 0 else code


def _signal_all(number: int) -> bool:
    """Send a signal to every living process below this one; tell whether there was any."""
    below = _below(os.getpid())
    for pid in below:
        try:
            os.kill(pid, number)
        except OSError:  # gone meanwhile, or another user's: it cannot be helped from here
            continue
    return bool(below)


def _below(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in _numbers_in_proc():
        parent = _living_parent(entry)
        if parent is not None:
            children.setdefault(parent, []).append(int(entry))
    found: list[int] = []
    front = [root]
    while front:
        front = [child for pid in front for child in children.get(pid, ())]
        found += front
    return found


def _numbers_in_proc() -> list[str]:
    try:
        return [entry for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208 - no pathlib: it stays small
    except OSError:  # not mounted: then only the server itself can be ended
        return []


def _living_parent(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - as above
            # The name in parentheses may hold anything, parentheses too; state and parent follow the last one.
            state, parent = file.read().rpartition(b")")[2].split(None, 2)[:2]
    except OSError:
        return None
    return None if state in (b"Z", b"X") else int(parent)


def _prctl(option: int, value: int) -> None:
    # Failing is possible (a seccomp profile), and then there is no such guarantee; the server still runs.
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
