"""One token as the token file keeps it, and what its fields may hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from yett.identity.tokens import DIGEST, KEY_ID

NEVER: Final = "never"
TEXT: Final = 256
"""Characters of a user, role, group or note."""

ITEMS: Final = 64
"""Roles, scopes or groups of one token."""

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
"""RFC 6749, section 3.3: what a scope may be made of."""


class Entry(Struct, frozen=True, kw_only=True):
    """A token without its secret. Times are seconds since the epoch; `expires` is `None` for never."""

    id: str
    digest: str
    user: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    created: float | None = None
    expires: float | None
    note: str = ""

    def expired(self, now: float) -> bool:
        """Whether the token's time is over at `now`, in wall time."""
        return self.expires is not None and now >= self.expires


def time_text(seconds: float | None) -> str:
    """A time as the file has it: RFC 3339 in UTC, or `never`."""
    return NEVER if seconds is None else datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> float | None:
    """The time that `time_text` wrote. Raises `ValueError` with what is wrong."""
    if text == NEVER:
        return None
    if _TIME.fullmatch(text) is None:
        raise ValueError(f"`{text[:64]}` is no time: write `2027-01-31T12:00:00Z` or `{NEVER}`")
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise ValueError(f"`{text}` is no date of the calendar") from None


def check_id(text: str) -> str:
    """A key id, as it is. Raises `ValueError` like all that follow."""
    if KEY_ID.fullmatch(text) is None:
        raise ValueError("a key id has 8 letters and digits")
    return text


def check_digest(text: str) -> str:
    """A digest, as it is."""
    if DIGEST.fullmatch(text) is None:
        raise ValueError("a digest is `sha256:` and 64 hex digits: never put a token here")
    return text


def check_word(text: str) -> str:
    """A user, role or group: printable, without spaces around it, so that two names that look alike are alike."""
    if not text or len(text) > TEXT or not text.isprintable() or text != text.strip():
        raise ValueError(f"a name has 1 to {TEXT} printable characters and no spaces around them")
    return text


def check_scope(text: str) -> str:
    """A scope as OAuth 2.0 has it."""
    if _SCOPE.fullmatch(text) is None:
        raise ValueError("a scope has no spaces, quotes or backslashes (RFC 6749, section 3.3)")
    return text


def check_note(text: str) -> str:
    """A free remark of one line."""
    if len(text) > TEXT or (text and not text.isprintable()):
        raise ValueError(f"a note has at most {TEXT} printable characters")
    return text
