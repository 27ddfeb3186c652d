"""The few fields of a record that checking a ledger reads; everything else is passed over."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from yett.ledger.reading import Line
from yett.ledger.record import Previous


class Glance(Struct):
    """A record, or anything that could be one: what is missing is empty."""

    kind: str = ""
    at: datetime | None = None
    mono: int = 0
    key: str = ""
    following: str = ""
    succeeds: str = ""
    instance: str = ""
    previous: Previous | None = None
    abandoned: str = ""
    file: str = ""
    offset: int = 0
    bytes: int = 0
    sha256: str = ""


def glanced(line: Line | None) -> Glance | None:
    """What a whole line says; `None` where it says nothing that a record could."""
    if line is None or not line.ended:
        return None
    try:
        return msgspec.json.decode(line.text, type=Glance)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
