"""Sandbox: a command line that starts a server with nothing to write and little to see, where bubblewrap is there.

The file system is read-only; the home, /tmp and /run are empty but for the current folder, the program and what the
command names; other processes cannot be seen. The network stays: `npx` and `uvx` fetch what they start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_BASE: Final = (
    *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run"),  # noqa: S108 - an empty one is mounted there
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session"),
)
_HOPS: Final = 10
_SECONDS: Final = 10


def missing() -> str:
    """Why there is no sandbox on this machine; empty when there is one."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed"
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [program, *_BASE, "--", "/bin/true"], check=False, capture_output=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return "bubblewrap does not start"
    return "" if done.returncode == 0 else "bubblewrap may not make namespaces here"


def sandboxed(argv: Sequence[str], folder: Path, home: Path) -> tuple[str, ...]:
    """The command line that starts `argv` in a sandbox."""
    hidden = [home, Path("/tmp"), Path("/run")]  # noqa: S108 - as above
    shown: list[str] = []
    for path in sorted(dict.fromkeys(_needed(argv, folder)), key=lambda path: len(path.parts)):
        if path not in (home, home / ".local", Path("/")) and any(path.is_relative_to(each) for each in hidden):
            shown += ["--ro-bind", str(path), str(path)]
    return ("bwrap", *_BASE, "--tmpfs", str(home), *shown, "--chdir", str(folder), "--", *argv)


def _needed(argv: Sequence[str], folder: Path) -> Iterator[Path]:
    """The folders and files without which the command cannot start."""
    yield folder
    program = shutil.which(argv[0])
    hop = Path(program) if program else None
    for _ in range(_HOPS):
        if hop is None:
            break
        yield hop.parent
        # A virtual environment, or an installation of Node: what belongs to `bin` stands beside it.
        if hop.parent.name == "bin":
            yield hop.parent.parent
        hop = Path(os.path.normpath(hop.parent / hop.readlink())) if hop.is_symlink() else None
    for word in argv[1:]:
        path = folder / word
        try:
            if path.exists():
                yield path.resolve()
        except (OSError, ValueError):
            continue
