"""Whether a value that stands in a file is a secret, and how a line is shown without it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from yett.config.inline_secrets import is_credential_header, is_credential_variable
from yett.detect.plausible import is_placeholder, is_random
from yett.detect.sensitive import Sensitive, Span

# A value that is filled in elsewhere: `${X}`, `{env:X}`, `$X`, `{{ .Values.x }}`, `$(cmd)`, `<token>`, `%X%`.
_REFERENCE: Final = re.compile(r"\$\{|\$[A-Za-z_(]|\{\{|\{[a-z]+:|%[A-Z_]+%|^<[^>]*>$")
_PASSWORD: Final = re.compile(r"(?i)(?:.*[_-])?(?:password|passwd|passphrase|pwd)")
_NO_PASSWORD: Final = re.compile(
    r"(?i)(?:true|false|yes|no|none|null|prompt|ask|required|optional|string|/.*|\./.*|.{0,3})"
)
_LONGEST: Final = 20_000
"""Characters of a value or line that are searched."""
_SHOWN: Final = 4
_LONG_ENOUGH: Final = 20
"""Characters: four of twenty tell whose secret it is, and give nothing away."""
_NAMED: Final = "password"


@cache
def credentials() -> Sensitive:
    """The known kinds of credentials; building them takes tens of milliseconds."""
    return Sensitive()


def found_in(text: str) -> list[Span]:
    """The known kinds of credentials in a text. One look at all triggers at once spares most texts the patterns."""
    suspects = credentials().suspects(text.encode("utf-8", "replace"))
    return credentials().find(text, suspects) if suspects else []


def secret_kind(name: str, value: str) -> str:
    """The kind of secret that a value of this name is (`github-token`, `password`, `secret`), or nothing.

    A reference is none; a value without a telling form is one where its name says so and it could have been drawn
    at random, or is a password.
    """
    if len(value) > _LONGEST:
        return ""
    spans = found_in(value)
    if spans:
        return spans[0].kind
    if _REFERENCE.search(value) or is_placeholder(value):
        return ""
    if _PASSWORD.fullmatch(name) and name.upper() != "PWD":
        return "" if _NO_PASSWORD.fullmatch(value) else _NAMED
    if (is_credential_variable(name) or is_credential_header(name)) and is_random(value):
        return "secret"
    return ""


def masked(value: str) -> str:
    """A secret as it may be shown."""
    return f"{value[:_SHOWN]}…" if len(value) >= _LONG_ENOUGH else "…"


def blotted(text: str, stretches: Iterable[tuple[int, int]] = ()) -> str:
    """A line of the same length, with these stretches and every known kind of credential blotted out."""
    found = [(span.start, span.end) for span in found_in(text[:_LONGEST])]
    for start, end in (*stretches, *found):
        text = text[:start] + "*" * (min(end, len(text)) - start) + text[end:]
    return text
