"""The `Accept` header: which of MCP's two media types the client takes (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"

_WEIGHT: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_LENGTH: Final = 1024
"""Bytes. Browsers send about 150; what is longer is not looked at."""


@lru_cache(maxsize=256)
def accepts(value: bytes) -> tuple[bool, bool]:
    """Tell whether JSON is acceptable, and whether event streams are. An empty or unreadable value accepts nothing.

    Wildcards count. A range with weight zero excludes its type, also against a wildcard: the more specific range wins.
    """
    if len(value) > _LENGTH:
        return False, False
    weights: dict[str, bool] = {}
    for part in value.decode("latin-1").lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if media:
            weights[media] = weights.get(media, False) or _is_wanted(parameters)
    return _accepted(weights, JSON), _accepted(weights, EVENTS)


def _is_wanted(parameters: list[str]) -> bool:
    for parameter in parameters:
        name, _, weight = parameter.partition("=")
        if name.strip() == "q":
            text = weight.strip()
            return _WEIGHT.fullmatch(text) is not None and text.strip("0.") != ""
    return True


def _accepted(weights: dict[str, bool], media: str) -> bool:
    for candidate in (media, media.partition("/")[0] + "/*", "*/*"):
        if candidate in weights:
            return weights[candidate]
    return False
