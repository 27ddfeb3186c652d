"""An access token as a token endpoint gave it: how long it lasts, and what renews it."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import Struct

from yett.core.ask import Answer
from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.challenge import scopes

_OK: Final = range(200, 300)
_ERROR: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,16384}")
_UNSAID_SECONDS: Final = 300.0
"""For tokens whose time is not said (RFC 6749, 5.1, recommends to say it)."""
_LONGEST_SECONDS: Final = 86_400.0
_EARLY: Final = 0.1
_EARLY_SECONDS: Final = 30.0
"""Before its end a token is renewed: a request may still be on its way."""


class Token(Struct, frozen=True, kw_only=True):
    """Times are seconds of the wall clock: tokens that are kept outlive the process."""

    access: Secret
    until: float
    renew_at: float
    refresh: Secret | None = None
    scopes: frozenset[str] = frozenset()
    issued_type: str = ""


class GrantRefusedError(UpstreamUnavailable):
    """The authorization server said no. `code` is its word for it (RFC 6749, 5.2)."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def read(answer: Answer, who: str, now: float, *, asked: frozenset[str] = frozenset()) -> Token:
    """The token in an answer. Raises `GrantRefusedError`, or `UpstreamUnavailable` for an answer that is none.

    The words repeat nothing of the answer but the error's code.
    """
    found = _object(answer.body)
    if answer.status not in _OK:
        code = found.get("error")
        if answer.status < 500 and isinstance(code, str) and _ERROR.fullmatch(code):  # noqa: PLR2004 - the server's own faults
            raise GrantRefusedError(f"{who} refused to give a token: `{code}`", code)
        raise UpstreamUnavailable(f"{who} answered {answer.status} when asked for a token")
    access, kind = found.get("access_token"), found.get("token_type")
    if not isinstance(access, str) or _TOKEN.fullmatch(access) is None:
        raise UpstreamUnavailable(f"{who} gave no token that can be sent")
    if not isinstance(kind, str) or kind.lower() not in {"bearer", "n_a"}:
        raise UpstreamUnavailable(f"{who} gave a token that is not a bearer token")
    refresh, granted, issued = found.get("refresh_token"), found.get("scope"), found.get("issued_token_type")
    seconds = _seconds(found.get("expires_in"))
    return Token(
        access=Secret(access),
        until=now + seconds,
        renew_at=now + seconds - min(_EARLY_SECONDS, seconds * _EARLY),
        refresh=Secret(refresh) if isinstance(refresh, str) and _TOKEN.fullmatch(refresh) else None,
        # "OPTIONAL, if identical to the scope requested by the client" (RFC 6749, 5.1)
        scopes=scopes(granted) if isinstance(granted, str) else asked,
        issued_type=issued if isinstance(issued, str) else "",
    )


def _seconds(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not said > 0:
        return _UNSAID_SECONDS
    return min(float(said), _LONGEST_SECONDS)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
