"""What Yett sends on must read the same everywhere: the bytes that the canary received, read in several languages."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from siege.campaign import Attempt
from siege.castle import Castle

PROGRAMS = Path(__file__).resolve().parent / "readers"
READERS: dict[str, list[str]] = {
    "node": ["node", str(PROGRAMS / "read.js")],
    "go": ["go", "run", str(PROGRAMS / "read.go")],
    "php": ["php", str(PROGRAMS / "read.php")],
    "ruby": ["ruby", str(PROGRAMS / "read.rb")],
}
LEAST = 70
"""Documents that have to be compared, or the comparison says nothing."""


def present() -> list[str]:
    """The languages that are at hand; Python always is."""
    return ["python", *(name for name, command in READERS.items() if shutil.which(command[0]))]


def absent() -> list[str]:
    """The languages that are not."""
    return [name for name in READERS if name not in present()]


def compare(castle: Castle) -> list[Attempt]:
    """Read every body that the canaries received in every language at hand; no attempt where they are too few."""
    bodies = sorted({effect["body"] for server in ("web", "proc") for effect in castle.effects(server)})
    bodies = [body for body in bodies if len(body) < 200_000]
    if len(bodies) < LEAST:
        return []  # a part of the suite was run; the whole demands its number
    return [
        Attempt("J-26", f"the documents that went on, read by {name}", "readers", differences(name, bodies))
        for name in present()
    ]


def differences(reader: str, bodies: list[str]) -> list[str]:
    """Documents that a language reads otherwise than Python."""
    expected = [canonical(strict(body.encode("latin-1"))) for body in bodies]
    if reader == "python":
        return []
    return [
        f"{reader} reads {body[:120]!r} otherwise: {theirs[:200]}"
        for body, ours, theirs in zip(bodies, expected, read_by(reader, bodies), strict=True)
        if ours != theirs
    ]


def read_by(reader: str, bodies: list[str]) -> list[str]:
    """The documents in a canonical form made by another language; one line for each."""
    with tempfile.NamedTemporaryFile("w", suffix=".hex") as file:
        file.write("\n".join(body.encode("latin-1").hex() for body in bodies))
        file.flush()
        run = subprocess.run([*READERS[reader], file.name], capture_output=True, check=False, timeout=120)
    lines = run.stdout.decode().splitlines()
    if run.returncode or len(lines) != len(bodies):
        raise RuntimeError(f"{reader}: {run.stderr.decode()[-300:]}")
    return lines


def strict(body: bytes) -> Any:
    """Python's reading, with every liberty of its own taken away."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in items}) != len(items):
            raise ValueError("a key twice")
        return dict(items)

    def no_constant(name: str) -> Any:
        raise ValueError(name)

    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=no_constant)


def canonical(value: Any) -> str:
    """A value in a form that every language can make: types, sorted keys, code points in hex, doubles by their bits."""
    write: Callable[[Any], str] = canonical
    if value is None:
        return "n"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | float):
        import struct

        number = float(value)
        # Every reader has doubles, and zero has two signs that some readers lose: both are zero here.
        return "d" + struct.pack(">d", number or 0.0).hex()
    if isinstance(value, str):
        return "s" + value.encode().hex()
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return "{" + ",".join(sorted(f"{key.encode().hex()}:{write(item)}" for key, item in value.items())) + "}"
