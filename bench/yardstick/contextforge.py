"""ContextForge as a proxy for one server: installed once into a folder of its own, started, and told of the server."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yardstick.gateway import ROOT
from yardstick.load import Target
from yardstick.programs import BenchError
from yardstick.running import free_ports, running

PACKAGE: Final = "mcp-contextforge-gateway==1.0.7.post20260921"
VENV: Final = ROOT / ".bench" / "contextforge"
_INSTALL_SECONDS: Final = 300.0
_ADMIN: Final = "admin@example.com"
_KEY: Final = "a-key-of-the-benchmark-0123456789-abcdef"
_WORD: Final = "Bench-Pass-1234!"


def installed() -> Path:
    """The folder of its programs; installs it where that was not done yet. Raises `BenchError` where it cannot be."""
    programs = VENV / "bin"
    if (programs / "mcpgateway").exists():
        return programs
    uv = shutil.which("uv")
    if uv is not None:
        commands = [[uv, "venv", "-q", "--clear", str(VENV)], [uv, "pip", "install", "-q", "-p", str(VENV), PACKAGE]]
    else:
        pip = [str(programs / "python"), "-m", "pip", "install", "-q", PACKAGE]
        commands = [[sys.executable, "-m", "venv", "--clear", str(VENV)], pip]
    try:
        for command in commands:
            subprocess.run(
                command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_INSTALL_SECONDS
            )
    except subprocess.CalledProcessError as error:
        raise BenchError(f"ContextForge cannot be installed: {str(error.stderr).strip()[-200:]}") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"ContextForge was not installed in {_INSTALL_SECONDS:g} s") from error
    return programs


@contextlib.contextmanager
def contextforge(folder: Path, server: int, *, core: int) -> Iterator[Target]:
    """Run it in front of the server on port `server`, with its sign-in, without its pages and plugins."""
    programs = installed()
    folder.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    env = {
        "DATABASE_URL": f"sqlite:///{folder}/contextforge.db",
        "JWT_SECRET_KEY": _KEY,
        "AUTH_ENCRYPTION_SECRET": _KEY,
        "BASIC_AUTH_PASSWORD": _WORD,
        "PLATFORM_ADMIN_EMAIL": _ADMIN,
        "PLATFORM_ADMIN_PASSWORD": _WORD,
        "DEFAULT_USER_PASSWORD": _WORD,
        "MCPGATEWAY_UI_ENABLED": "false",
        "MCPGATEWAY_ADMIN_API_ENABLED": "false",
        "PLUGINS_ENABLED": "false",
        "CACHE_TYPE": "memory",
        "LOG_LEVEL": "ERROR",
        "SSRF_ALLOW_LOCALHOST": "true",
        "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
    }
    command = (str(programs / "mcpgateway"), "--host", "127.0.0.1", "--port", str(port))
    with running(command, folder / "contextforge.log", core=core, env=env, folder=folder) as process:
        process.until(lambda: _healthy(port), "ContextForge is healthy")
        token = _token(programs, {**os.environ, **env})
        _register(port, server, token)
        yield Target("ContextForge", port, "/mcp", process.pid, token)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except OSError:
        return False


def _token(programs: Path, env: dict[str, str]) -> str:
    command = [str(programs / "python"), "-m", "mcpgateway.utils.create_jwt_token", "--username", _ADMIN, "--admin"]
    made = subprocess.run(
        [*command, "--exp", "600", "--secret", _KEY],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=env,
    )
    if made.returncode:
        raise BenchError(f"ContextForge makes no token: {made.stderr.strip()[-200:]}")
    return made.stdout.split()[-1]


def _register(port: int, server: int, token: str) -> None:
    content = {"name": "demo", "url": f"http://127.0.0.1:{server}/mcp", "transport": "STREAMABLEHTTP"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/gateways",
        data=json.dumps(content).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except OSError as error:
        raise BenchError(f"ContextForge does not take the server: {error}") from error
