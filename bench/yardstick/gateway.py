"""The gateway under measurement: `yett run` with every guard on, on a port and a core of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from yardstick.programs import BenchError
from yardstick.running import Running, answers, free_ports, running

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = os.environ.get("BENCH_PYTHON") or sys.executable
"""What runs the gateway. Another one must have its dependencies; how it was built makes a third of the speed."""
YETT: Final = (PYTHON, "-P", "-m", "yett")
ENVIRONMENT: Final = {"PYTHONPATH": str(ROOT / "src")}
"""This tree is measured, whatever else is installed."""
MANY: Final = "100000000/min"
"""No rate that a load can reach; it is counted all the same."""
_ROLES: Final = {
    "reader": {"members": ["user:alice"], "allow": ["demo.echo", "demo.get_*"]},
    "engineer": {"include": ["reader"], "allow": ["demo.*"], "deny": ["demo.delete_all"]},
}


class Gateway:
    """A running gateway, and what a client needs to call it."""

    def __init__(self, process: Running, port: int, admin: int, token: str, began: float) -> None:
        self.process = process
        self.port = port
        self.admin = admin
        self.token = token
        self.began = began
        """When the process was started (`time.perf_counter`)."""
        self.path = "/demo/mcp"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid


def config(server: int, port: int, admin: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A config with every guard on. `changes` replace whole sections; `None` removes one."""
    sections: dict[str, Any] = {
        "listen": f"{'https' if 'tls' in changes else 'http'}://127.0.0.1:{port}",
        "auth": {"tokens": "tokens.yaml"},
        "servers": {"demo": f"http://127.0.0.1:{server}/mcp"},
        "roles": _ROLES,
        "limits": {"user": MANY, "peer": MANY},
        "protect": ["secrets"],
        "ledger": {"path": "ledger", "durability": "write"},
        "admin": {"listen": f"127.0.0.1:{admin}"},
        **changes,
    }
    return {name: section for name, section in sections.items() if section is not None}


@contextlib.contextmanager
def launched(
    folder: Path,
    server: int,
    *,
    core: int | None,
    changes: Mapping[str, Any] | None = None,
    program: tuple[str, ...] = YETT,
    env: dict[str, str] | None = None,
) -> Iterator[Gateway]:
    """Start a gateway in front of the server on port `server`, and wait for nothing.

    `program` runs it, and `env` is what its environment has beyond ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, admin = free_ports(2)
    (folder / "yett.yaml").write_text(json.dumps(config(server, port, admin, changes or {}), indent=1), "utf-8")
    token = make_token(folder)
    command = (*program, "run", "-c", str(folder / "yett.yaml"))
    began = time.perf_counter()
    with running(command, folder / "gateway.log", core=core, env={**ENVIRONMENT, **(env or {})}) as process:
        yield Gateway(process, port, admin, token, began)


@contextlib.contextmanager
def gateway(
    folder: Path,
    server: int,
    *,
    core: int | None,
    changes: Mapping[str, Any] | None = None,
    program: tuple[str, ...] = YETT,
    env: dict[str, str] | None = None,
) -> Iterator[Gateway]:
    """The same, and ready: it knows the server's tools."""
    with launched(folder, server, core=core, changes=changes, program=program, env=env) as started:
        started.process.until(lambda: answers(started.port), "the gateway listens")
        started.process.until(lambda: _ready(started.admin), "the gateway knows its server")
        yield started


def make_token(folder: Path, user: str = "alice") -> str:
    """A token for the gateway that has its config in `folder`, with the larger of its roles."""
    command = (*YETT, "token", "new", user, "--role", "engineer", "--tokens", str(folder / "tokens.yaml"))
    env = {**os.environ, **ENVIRONMENT}
    made = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env)
    if made.returncode:
        raise BenchError(f"no token could be made: {made.stderr.strip()}")
    return made.stdout.strip()


def _ready(admin: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{admin}/readyz?verbose", timeout=5) as answer:
            return "[+]server-demo" in answer.read().decode()
    except OSError:
        return False
