"""The programs of one run, as processes on loopback: a gateway, the shim before it, a server behind it."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
SUITE: Final = ROOT / ".real" / "conformance" / "node_modules"
YETT: Final = str(Path(sys.executable).with_name("yett"))
ADDRESS: Final = re.compile(r"http://\S+")
PATIENCE: Final = 30.0
"""Seconds that a program may take to get ready."""
GRACE: Final = 10.0
"""Seconds that it may take to end."""

CONFIG: Final = """\
listen: http://127.0.0.1:0
auth: {{ tokens: tokens.yaml }}
servers: {{ everything: {server} }}
roles:
  tester: {{ allow: ["*.*", "*.prompt:*", "*.resource:*"] }}
limits: {{ user: 600000/min, peer: 600000/min, drain: 0s }}
ledger: {{ path: ledger }}
admin: {{ listen: "127.0.0.1:0" }}
"""


class Gateway(NamedTuple):
    """A running gateway: where its only server answers, and the token that opens it."""

    url: str
    token: str

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2].partition("/")[0]


@contextmanager
def running(command: Sequence[str], folder: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """A program with its output in a file, from start to end. It is told to end when the context is left."""
    with (folder / f"{name}.out").open("w") as out, (folder / f"{name}.err").open("w") as err:
        process = subprocess.Popen(command, cwd=folder, text=True, stdin=subprocess.PIPE, stdout=out, stderr=err)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.kill()
        process.wait()
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()


def said(process: subprocess.Popen[str], path: Path, pattern: re.Pattern[str]) -> list[str]:
    """All matches in the first output of a program that has some."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if found := pattern.findall(path.read_text()):
            return found
        time.sleep(0.02)
    raise RuntimeError(f"{path.stem} did not get ready: {path.with_suffix('.err').read_text()[-2000:]}")


@contextmanager
def everything(folder: Path) -> Iterator[str]:
    """The everything-server; its address."""
    with running((sys.executable, str(HERE / "everything" / "server.py")), folder, "everything") as process:
        yield said(process, folder / "everything.out", ADDRESS)[0]


@contextmanager
def bare(_: Path, server: str) -> Iterator[str]:
    """Nothing before `server`; its own address."""
    yield server


@contextmanager
def gateway(folder: Path, server: str, public: str = "") -> Iterator[Gateway]:
    """A gateway before `server`, once it knows the tools. `public` is what clients call it, if they go elsewhere."""
    config = CONFIG.format(server=json.dumps(server)) + (f"url: {public}\n" if public else "")
    (folder / "yett.yaml").write_text(config)
    minting = (YETT, "token", "new", "harness", "--role", "tester", "--tokens", "tokens.yaml")
    token = subprocess.run(minting, cwd=folder, text=True, capture_output=True, check=True).stdout.strip()
    with running((YETT, "run", "-c", "yett.yaml", "-v"), folder, "gateway") as process:
        base, admin = said(process, folder / "gateway.err", re.compile(r"(?<=· )(?:admin )?http://\S+"))
        _await_tools(admin.removeprefix("admin "))
        yield Gateway(f"{base}/mcp", token)


def _await_tools(admin: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(admin.removeprefix("http://"), timeout=PATIENCE)
        with suppress(OSError), closing(connection):
            connection.request("GET", "/readyz?verbose")
            if b"[+]server-everything" in connection.getresponse().read():
                return
        time.sleep(0.05)
    raise RuntimeError("the gateway does not learn the tools of its server")


@contextmanager
def shimmed(folder: Path, server: str) -> Iterator[str]:
    """A gateway before `server` and the shim before the gateway; the shim's address, that needs no token."""
    with running((sys.executable, str(HERE / "shim.py")), folder, "shim") as process:
        public = said(process, folder / "shim.out", ADDRESS)[0]
        with gateway(folder, server, public) as started:
            if process.stdin is None:
                raise RuntimeError("the shim cannot be told where the gateway is")
            process.stdin.write(f"{started.port} {started.token}\n")
            process.stdin.flush()
            yield f"{public}/mcp"


def workspace() -> Path:
    """A new folder for the files of one run, kept for whoever wants to see why."""
    folder = SUITE.parent / "runs" / f"{time.strftime('%H%M%S')}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True)
    return folder
