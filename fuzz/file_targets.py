"""Files and tokens: configs, ledgers, bearer tokens, JSON Web Tokens and the keys for them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from promise import wants

from yett.config import yaml_reader
from yett.config.diagnostic import InvalidConfig
from yett.config.report import Report
from yett.core.verdict import Deny
from yett.identity import jwt
from yett.identity.bearer import credential
from yett.identity.keys import MAX_KEYS, read_keys
from yett.identity.signature import Unusable
from yett.ledger.verify import verify

KEY: Final = b"k" * 32
SEGMENT: Final = "000000000000001-00000000.jsonl"


def yaml_target(given: bytes) -> None:
    """Config files: a tree, or diagnostics with a place."""
    report = Report("f", given.decode(errors="replace"))
    try:
        yaml_reader.read(given, report)
    except InvalidConfig as error:
        wants(error.diagnostics, "refused without a word")
        wants(all(one.line >= 1 and one.column >= 1 for one in error.diagnostics), "refused without a place")


def ledger_target(given: bytes) -> None:
    """A segment of a ledger: nothing that a stranger wrote is genuine."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:  # noqa: PTH112, S108 - memory, where there is some
        (Path(folder) / SEGMENT).write_bytes(given)
        found = verify(Path(folder), KEY)
    wants(found.records == 0, "a record that nobody made")


def bearer_target(given: bytes) -> None:
    """`Authorization` values: a token of the grammar, nothing, or a refusal."""
    values = given.split(b"\x00")
    found = credential(values)
    if isinstance(found, str):
        wants(len(values) == 1, "one of several values was taken")
        wants(found.isascii() and " " not in found and "," not in found and found, "a token outside the grammar")


def jwt_target(given: bytes) -> None:
    """A JSON Web Token: refused, or in the one spelling that its parts have, and without anything that leads away."""
    text = given.decode("latin-1")
    found = jwt.read(text)
    if isinstance(found, Deny):
        wants(found.detail, "refused without a word")
        return
    wants(found.token == text and text.encode("ascii").startswith(found.signed), "another token than was given")
    wants(found.signature and text.count(".") == 2, "no signature")  # noqa: PLR2004 - header, claims, signature
    wants(
        found.algorithm.lower() != "none" and not found.algorithm.startswith("HS"), "an algorithm without a public key"
    )


def keys_target(given: bytes) -> None:
    """A set of keys: none, or some, each under its id and for one algorithm."""
    try:
        found = read_keys(given, "RS256")
    except Unusable:
        return
    wants(0 < len(found.by_id) <= MAX_KEYS, "no key, or too many")
    wants(all(name == key.id and key.algorithm for name, key in found.by_id.items()), "a key under another name")
