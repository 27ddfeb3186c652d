"""What a server says with a 401 or 403 (RFC 6750, 3; RFC 9728, 5.1): where its metadata is, which scopes it wants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from yett.wire.http import Header

_LIMIT: Final = 8_192
_PARAM: Final = re.compile(r'(?:^|[\s,])([A-Za-z_]{1,64})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.){0,4096})"|([^\s",]{1,4096}))')
_BEARER: Final = re.compile(r"(?:^|,)[ \t]*bearer(?=[ \t,]|$)", re.IGNORECASE)
_NEXT_SCHEME: Final = re.compile(r",[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+[ \t]+(?=[A-Za-z_]+[ \t]*=)")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_SCOPES: Final = 100


class Challenge(Struct, frozen=True, kw_only=True):
    """The parameters of a `Bearer` challenge. Empty where the server said nothing of the kind."""

    error: str = ""
    scopes: frozenset[str] = frozenset()
    resource_metadata: str = ""


NOTHING: Final = Challenge()


def challenge(headers: Iterable[Header]) -> Challenge:
    """The first `Bearer` challenge among the headers of an answer."""
    for name, value in headers:
        if name == b"www-authenticate" and len(value) <= _LIMIT:
            text = value.decode("latin-1")
            found = _BEARER.search(text)
            if found is not None:
                return _read(text[found.end() :])
    return NOTHING


def scopes(text: str) -> frozenset[str]:
    """The scopes in a text (RFC 6749, 3.3). What is no scope is left out."""
    return frozenset([word for word in text.split(" ")[:_SCOPES] if _SCOPE.fullmatch(word)])


def _read(text: str) -> Challenge:
    following = _NEXT_SCHEME.search(text)
    if following is not None:
        text = text[: following.start()]
    values: dict[str, str] = {}
    for found in _PARAM.finditer(text):
        quoted, plain = found.group(2), found.group(3)
        values.setdefault(found.group(1).lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain)
    return Challenge(
        error=values.get("error", ""),
        scopes=scopes(values.get("scope", "")),
        resource_metadata=values.get("resource_metadata", ""),
    )
