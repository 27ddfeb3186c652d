"""Secrets planted where one can live, and the search for them where none may be."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from siege.castle import Castle

# Signs that change in an encoding, so that each encoded form differs from the plain one.
SIGNS = '-"\\/ +&<'

NAMES = ("web", "web.key", "proc", "proc.uri", "poison", "ledger key", "gateway's environment")
"""Secrets of the configuration; tokens and keys come in by `add`."""


class Planted:
    """All secrets of one castle, by what they are."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        for name in NAMES:
            self._values[name] = "cnry" + secrets.token_hex(16)
        self._values["proc.uri"] = f"postgres://u:{self._values['proc.uri']}@db/x"
        self._values["ledger key"] += "k" * 8

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def add(self, name: str, value: str) -> str:
        """Plant one more; a second one of the same name stays beside the first."""
        while name in self._values:
            name += " again"
        self._values[name] = value
        return value

    def make(self, name: str, *, signs: bool = False) -> str:
        """Plant one made up here, with signs in it that encodings change."""
        middle = SIGNS if signs else ""
        return self.add(name, f"cnry{secrets.token_hex(8)}{middle}{secrets.token_hex(8)}")

    def found_in(self, haystack: bytes) -> list[str]:
        """Which secrets occur, and in which form."""
        folded = haystack.lower()
        hits = []
        for name, value in self._values.items():
            for form, needle in forms(value):
                where = folded if form == "hex" else haystack
                if needle in where:
                    hits.append(f"{name} ({form})")
        return hits


def forms(value: str) -> Iterator[tuple[str, bytes]]:
    """A secret in the forms it may be written in."""
    plain = value.encode()
    yield "plain", plain
    yield "hex", plain.hex().encode()
    yield "URL", quote(value, safe="").encode()
    yield "JSON", json.dumps(value)[1:-1].encode()
    for shift in range(3):
        # Base64 of a text that contains the secret: what surely depends on the secret alone, for each way it can lie.
        encoded = base64.b64encode(b"\0" * shift + plain)
        first = 0 if not shift else 4
        yield "base64", encoded[first : len(encoded) // 4 * 4 - 4]


def sweep(castle: Castle) -> list[str]:
    """Search all that a castle's gateway wrote or shows: log, ledger, metrics, readiness, processes."""
    places: dict[str, bytes] = {"log": castle.log()}
    for path in (castle.folder / "ledger").iterdir():
        if path.suffix == ".jsonl":
            places[f"ledger/{path.name}"] = path.read_bytes()
    for page in ("/metrics", "/readyz?verbose"):
        places[page] = castle.admin(page)[1].encode()
    found = [f"{hit} in {place}" for place, content in places.items() for hit in castle.secrets.found_in(content)]
    return found + processes_with_secrets(castle)


def processes_with_secrets(castle: Castle) -> list[str]:
    """Secrets in the command line of any process below the gateway, or in an environment that is not their own."""
    own = {"proc", "proc.uri"}
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            if str(castle.folder).encode() not in command:
                continue
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        found += [f"{hit} in the command line of {entry.name}" for hit in castle.secrets.found_in(command)]
        if int(entry.name) != castle.gateway.pid:
            hits = castle.secrets.found_in(environment)
            found += [f"{hit} in the environment of {entry.name}" for hit in hits if hit.partition(" (")[0] not in own]
    return found
