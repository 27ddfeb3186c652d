"""What the results were measured on, and with what."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from yardstick.gateway import ENVIRONMENT, PYTHON, ROOT
from yardstick.programs import program

_PYTHON = """
import platform, sys
print(platform.python_implementation(), platform.python_version(), "of", platform.python_build()[1] + ",",
      platform.python_compiler(), "in", sys.base_prefix)
import msgspec, uvloop, re2, jsonschema_rs
from importlib.metadata import version
print(", ".join(f"{name} {version(name)}" for name in ("uvloop", "msgspec", "google-re2", "jsonschema-rs")))
"""


def machine(*, quick: bool, seconds: float) -> dict[str, str]:
    """Facts for the head of the page."""
    python, libraries = _said([PYTHON, "-c", _PYTHON]).splitlines()[:2]
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return {
        "measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC{', short run' if quick else ''}",
        "took": f"{seconds:.0f} s",
        "Yett": f"{_yett()} ({_commit()})",
        "processor": f"{_processor()}, {os.cpu_count()} cores, load average {load}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": python,
        "libraries": libraries,
        "nginx": _said([program("nginx"), "-v"]).partition("/")[2].strip(),
        "wrk": _first(r"wrk (\S+)", _said([program("wrk"), "-v"])),
        "OpenSSL": _said([PYTHON, "-c", "import ssl; print(ssl.OPENSSL_VERSION)"]).strip(),
    }


def _yett() -> str:
    return _said([PYTHON, "-P", "-c", "import yett; print(yett.__version__)"]).strip()


def _commit() -> str:
    dirty = "" if not _said(["git", "-C", str(ROOT), "status", "--porcelain"]).strip() else ", with changes"
    return _said(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]).strip() + dirty


def _processor() -> str:
    return _first(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8"))


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else "unknown"


def _said(command: list[str]) -> str:
    env = {**os.environ, **ENVIRONMENT}
    ran = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
    )
    return ran.stdout
