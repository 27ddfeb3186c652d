"""Revocations as their file has them: one JSON object a line, each naming what gets in no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from yett.core.exchange import Principal
from yett.identity.entry import NEVER, check_note, check_word, read_time, time_text

KINDS: Final = ("user", "client", "token", "session")
"""What can be revoked: a subject, a program, one token by its public handle (`jti`, or a key id), a sign-in (`sid`)."""


class Revoked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One revocation. `issuer` is empty for every issuer; `until` is seconds since the epoch, or `None` for good."""

    kind: str
    name: str
    issuer: str = ""
    since: float | None = None
    until: float | None = None
    note: str = ""

    @property
    def who(self) -> str:
        """As the command line has it: `user:alice`."""
        return f"{self.kind}:{self.name}"

    def holds(self, principal: Principal, now: float) -> bool:
        """Whether it keeps this caller out at `now`, in wall time. The name was compared already."""
        return (not self.issuer or self.issuer == principal.issuer) and (self.until is None or now < self.until)


class _Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    revoke: str
    issuer: str = ""
    since: str = ""
    until: str = NEVER
    note: str = ""


_DECODER: Final = msgspec.json.Decoder(_Line)
_ENCODER: Final = msgspec.json.Encoder()


def named(who: str) -> tuple[str, str]:
    """`user:alice` as kind and name. Raises `ValueError` with what is wrong."""
    kind, colon, name = who.partition(":")
    if not colon or kind not in KINDS:
        raise ValueError(f"`{who[:64]}` names nobody: write {', '.join(f'`{kind}:...`' for kind in KINDS)}")
    return kind, check_word(name)


def read(content: bytes) -> tuple[Revoked, ...]:
    """The file's revocations. Raises `ValueError` with the line and what is wrong with it."""
    found = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(_revoked(_DECODER.decode(line)))
        except (msgspec.MsgspecError, ValueError) as error:
            raise ValueError(f"line {number}: {error}") from None
    return tuple(found)


def write(revocations: Iterable[Revoked]) -> bytes:
    """The file with these revocations."""
    return b"".join(_ENCODER.encode(_line(one)) + b"\n" for one in revocations)


def _revoked(line: _Line) -> Revoked:
    kind, name = named(line.revoke)
    return Revoked(
        kind=kind,
        name=name,
        issuer=check_word(line.issuer) if line.issuer else "",
        since=read_time(line.since) if line.since else None,
        until=read_time(line.until),
        note=check_note(line.note),
    )


def _line(one: Revoked) -> _Line:
    return _Line(
        revoke=one.who,
        issuer=one.issuer,
        since="" if one.since is None else time_text(one.since),
        until=time_text(one.until),
        note=one.note,
    )
