from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from yett import exclusive


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def test_a_second_taker_is_told_no_and_gets_it_once_the_first_lets_go(tmp_path):
    first, second = _open(tmp_path / "lock"), _open(tmp_path / "lock")
    try:
        assert exclusive.try_lock(first)
        assert not exclusive.try_lock(second)
        os.close(first)
        assert exclusive.try_lock(second)
    finally:
        os.close(second)


def test_waiting_ends_when_the_lock_is_free(tmp_path):
    first, second = _open(tmp_path / "lock"), _open(tmp_path / "lock")
    exclusive.lock(first)
    order: list[str] = []

    def wait() -> None:
        exclusive.lock(second)
        order.append("second")

    waiting = threading.Thread(target=wait)
    waiting.start()
    order.append("first")
    os.close(first)
    waiting.join()
    os.close(second)
    assert order == ["first", "second"]


# What Windows lacks, taken away after the standard library and the dependencies were imported.
_BARE = """
import asyncio, asyncio.subprocess, ctypes, email.utils, hashlib, hmac, importlib, logging, multiprocessing, os, pkgutil
import secrets, selectors, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, types
import click, cryptography.x509, jinja2, joserfc.jwt, jsonschema_rs, msgspec, prometheus_client, pydantic, re2, yaml
import urllib.request, zoneinfo, tree_sitter, fastapi, fastmcp, mcp.server.mcpserver

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {"fcntl", "resource", "pwd", "grp", "termios", "uvloop", "tty", "pty"}:
            raise ModuleNotFoundError(name, name=name)

for name in ("fcntl", "resource", "pwd", "grp", "termios", "uvloop", "tty", "pty"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
for name in ("O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_NONBLOCK", "geteuid", "getuid", "killpg", "fork"):
    delattr(os, name)
for name in ("SIGHUP", "SIGCHLD", "SIGKILL", "sigtimedwait", "pthread_sigmask"):
    delattr(signal, name)
sys.platform = "win32"

import yett
for found in pkgutil.walk_packages(yett.__path__, "yett."):
    # The keeper is a program for Linux, started and never imported.
    if found.name != "yett.upstream.keeper":
        importlib.import_module(found.name)
        print(found.name)
"""


def test_every_module_can_be_imported_where_posix_is_missing():
    done = subprocess.run([sys.executable, "-c", _BARE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    imported = set(done.stdout.split())
    assert {"yett.cli.main", "yett.cli.run", "yett.core.pipeline", "yett.identity.token_file"} <= imported
