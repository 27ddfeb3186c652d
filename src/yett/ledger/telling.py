"""Records as people read them: one line per exchange, safe for a terminal whatever the record holds."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from typing import Any, Final

import msgspec
from msgspec import Struct

_REMEMBERED: Final = 10_000
"""Intents waiting for their outcome; as many as the listener has connections."""

_WIDTH: Final = 400
"""Characters of one printed field."""

_CALL: Final = 40
_SUBJECT: Final = 10


class _Who(Struct):
    subject: str = ""


class _Said(Struct):
    guard: str = ""
    verdict: str = ""
    note: str = ""


class _Record(Struct):
    """What a line needs of any record; everything else is passed over."""

    kind: str = ""
    at: str = ""
    exchange: str = ""
    server: str = ""
    who: _Who = msgspec.field(default_factory=_Who)
    method: str = ""
    name: str = ""
    arguments: dict[str, str] = {}
    reason: str = ""
    answer: str = ""
    detail: str = ""
    status: str = ""
    duration_ms: float = 0.0
    trail: tuple[_Said, ...] = ()
    event: str = ""
    fields: dict[str, Any] = {}
    why: str = ""
    since: str = ""
    refused: int = 0
    lost: int = 0
    file: str = ""
    bytes: int = 0
    key: str = ""
    following: str = ""


_VERDICTS: Final = {"allowed": "allow", "failed": "FAIL", "aborted": "abort", "denied": "DENY"}


class Teller:
    """Turns lines of a ledger into text. Remembers intents until their outcome comes, so that one line says both."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Record] = OrderedDict()

    def tell(self, line: bytes) -> str | None:
        """The text of one record; `None` where another line will speak for it."""
        try:
            record = msgspec.json.decode(line, type=_Record)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return f"{'?':8}  unreadable line of {len(line)} bytes: run `yett ledger verify`"
        match record.kind:
            case "intent":
                self._remember(record)
                return None
            case "outcome":
                return self._outcome(record)
            case "refusal":
                return _refusal(record)
            case _:
                return _about_itself(record)

    def unfinished(self) -> list[str]:
        """The intents without an outcome so far: running calls, or those that a crash cut off."""
        return [_text(record, "open", record, _keys(record)) for record in self._open.values()]

    def _remember(self, record: _Record) -> None:
        while len(self._open) >= _REMEMBERED:
            self._open.popitem(last=False)
        self._open[record.exchange] = record

    def _outcome(self, record: _Record) -> str:
        intent = self._open.pop(record.exchange, record)
        verdict = _VERDICTS.get(record.status, record.status)
        notes = [said.note for said in record.trail if said.verdict == "rewrite"]
        if notes and verdict == "allow":
            verdict = "redact"
        told = [_keys(intent), f"{record.duration_ms:.0f} ms", record.detail, *notes]
        return _text(record, verdict, intent, "  ".join(part for part in told if part))


def as_json(line: bytes) -> str:
    """One record as one line of ASCII JSON, as it stands; of an unreadable line, its size and digest."""
    try:
        return json.dumps(msgspec.json.decode(line), separators=(",", ":"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return json.dumps({"unreadable": {"bytes": len(line), "sha256": hashlib.sha256(line).hexdigest()}})


def printable(text: str) -> str:
    """`text` without anything that could move a cursor, colour a word or turn its direction; bounded."""
    shown = text if len(text) <= _WIDTH else text[:_WIDTH] + "..."
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown)


def _refusal(record: _Record) -> str:
    notes = [said.note for said in record.trail if said.verdict == "deny" and said.note]
    why = f"{record.reason}  {notes[-1] if notes else record.detail}"
    return _text(record, "LIMIT" if record.answer in ("limited", "flood") else "DENY", record, why)


def _about_itself(record: _Record) -> str | None:
    match record.kind:
        case "event":
            verdict, told = record.event, " ".join(f"{key}={value}" for key, value in record.fields.items())
        case "gap":
            lost = f", {record.lost} other records lost" if record.lost else ""
            verdict, told = "GAP", f"{record.refused} calls refused{lost} since {record.since}: {record.why}"
        case "key-change":
            verdict, told = "KEY", f"{record.key} handed over to {record.following}"
        case "torn" | "damaged":
            verdict, told = record.kind.upper(), f"{record.bytes} bytes in {record.file}"
        case _:
            return None
    return f"{_time(record)}  {printable(verdict):6} {printable(told)}".rstrip()


def _keys(record: _Record) -> str:
    return "{" + ",".join(record.arguments) + "}" if record.arguments else ""


def _text(record: _Record, verdict: str, asked: _Record, rest: str) -> str:
    call = ".".join(part for part in (asked.server, asked.name or asked.method) if part)
    subject = printable(asked.who.subject) or "-"
    line = f"{_time(record)}  {printable(verdict):6} {subject:{_SUBJECT}} {printable(call):{_CALL}}  {printable(rest)}"
    return line.rstrip()


def _time(record: _Record) -> str:
    return printable(record.at[11:19]) or "?"
