"""The two programs of the demo, the example server and `yett run`: started on free ports, ended without a trace."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
YETT = str(Path(sys.executable).with_name("yett"))
ADDRESS = re.compile(r"^http://\S+$", re.MULTILINE)
READY = re.compile(r"^yett .*\bready\b", re.MULTILINE)
PATIENCE = 30.0
"""Seconds that a start may take on a slow machine."""
GRACE = 10.0
"""Seconds that an end may take."""


class DemoError(Exception):
    """The demo could not be set up; the message says what to look at."""


@contextmanager
def running(command: Sequence[str], folder: Path, log: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program with its output in `folder/log`, in a process group of its own; ended with the context."""
    with (folder / log).open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        with suppress(ProcessLookupError):  # whatever is left of its group
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def awaited(process: subprocess.Popen[bytes], log: Path, pattern: re.Pattern[str]) -> str:
    """The first match of `pattern` in a program's output."""
    for _ in waiting():
        found = pattern.search(log.read_text(errors="replace"))
        if found:
            return found[0]
        if process.poll() is not None:
            break
    raise DemoError(f"`{' '.join(map(str, process.args))}` did not get ready\n{log.read_text(errors='replace')}")  # type: ignore[arg-type]


def waiting() -> Iterator[None]:
    """Turns of a loop, up to the end of patience."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        yield
        time.sleep(0.02)


@contextmanager
def demo_server(folder: Path) -> Iterator[str]:
    """The example server on a free port; its address."""
    with running([sys.executable, str(HERE / "demo_server.py"), "--port", "0"], folder, "server.log") as process:
        yield awaited(process, folder / "server.log", ADDRESS)


@contextmanager
def gateway(folder: Path) -> Iterator[None]:
    """`yett run`, once it is ready; it must end in good order as well."""
    with running([YETT, "run", "-c", "yett.yaml"], folder, "gateway.log") as process:
        awaited(process, folder / "gateway.log", READY)
        yield
    if process.returncode:
        raise DemoError(f"`yett run` ended with {process.returncode}\n{(folder / 'gateway.log').read_text()}")


def yett(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([YETT, *arguments], cwd=folder, check=False, text=True, capture_output=True, timeout=PATIENCE)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in sockets]


def write_config(folder: Path, upstream: str, port: int, admin: int) -> None:
    """The config as it stands beside this file, with the addresses of this run."""
    text = (HERE / "yett.yaml").read_text(encoding="utf-8")
    for written, used in {
        "http://127.0.0.1:8080": f"http://127.0.0.1:{port}",
        "http://127.0.0.1:3001/mcp": upstream,
        "127.0.0.1:9090": f"127.0.0.1:{admin}",
    }.items():
        if written not in text:
            raise DemoError(f"examples/yett.yaml no longer says `{written}`")
        text = text.replace(written, used)
    (folder / "yett.yaml").write_text(text, encoding="utf-8")


def new_token(folder: Path, who: str, role: str, file: str) -> str:
    made = yett(folder, "token", "new", who, "--role", role, "--tokens", file)
    if made.returncode:
        raise DemoError(f"`yett token new` failed\n{made.stderr}")
    return made.stdout.strip()
