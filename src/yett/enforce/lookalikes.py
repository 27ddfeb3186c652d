"""Which paths an app might take for its MCP endpoint although they are spelled otherwise.

Routers decode, fold and repair paths, each in a way of its own. Only the endpoint's exact path is judged, so whatever a
router could make of it must not reach the app.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_ROUNDS: Final = 3
"""Decodings; an app behind two proxies decodes as often."""
_PARAMETERS: Final = re.compile(r";[^/]*")


def is_near(path: str, endpoint: str) -> bool:
    """Whether a path is the endpoint's, lies below it, or could become one of these."""
    wanted = endpoint.casefold()
    for _ in range(_ROUNDS):
        parts = _parts(path)
        # Some routers resolve dots, others match the beginning of the path before they would.
        for folded in ("/" + "/".join(parts), "/" + "/".join(_resolved(parts))):
            if folded == wanted or folded.startswith(f"{wanted}/"):
                return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True  # still encoded after so many rounds: nobody's honest path


def _parts(path: str) -> list[str]:
    """The names in a path as a lenient router reads it."""
    plain = "".join(character for character in path if character.isprintable() and not character.isspace())
    return [
        part for part in _PARAMETERS.sub("", plain.replace("\\", "/")).casefold().split("/") if part not in ("", ".")
    ]


def _resolved(parts: list[str]) -> list[str]:
    left: list[str] = []
    for part in parts:
        if part == "..":
            del left[-1:]
        else:
            left.append(part)
    return left
