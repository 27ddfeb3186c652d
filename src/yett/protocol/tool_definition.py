"""A tool as its server defines it: read into a `Tool`, or the flaw that makes the definition unusable.

Catalogues and lists ask the same question here: what is listed to a caller is what can be called.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final

import msgspec

from yett.core.exchange import Mirrored, Tool
from yett.core.message import JsonObject
from yett.core.verdict import Deny
from yett.protocol.mirror import mirrored

DEFINITION_BYTES: Final = 256 * 1024
"""One definition, encoded. The largest one seen in the wild is a sixth of this."""

# 2026-07-28 (and 2025-11-25), server/tools: "1 to 128 characters", of these.
_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]{1,128}", re.ASCII)
_ANNOTATED: Final = b'"x-mcp-header"'


def read(server: str, definition: Any) -> Tool | str:
    """Return the tool, or what is wrong with its definition."""
    sound = _sound(definition)
    if isinstance(sound, str):
        return sound
    encoded, headers = sound
    digest = sha256(encoded).hexdigest()
    return Tool(server=server, name=definition["name"], digest=digest, definition=definition, mirrored=headers)


def is_sound(definition: Any) -> bool:
    """Tell whether the definition can be used."""
    return not isinstance(_sound(definition), str)


def encoded(definition: JsonObject) -> bytes:
    """Return the canonical definition: keys sorted, no spaces, numbers as they were read."""
    return msgspec.json.encode(definition, order="sorted")


def name_of(definition: Any) -> str:
    """Return the name a definition gives; empty where it gives none."""
    name = definition.get("name") if isinstance(definition, dict) else None
    return name if isinstance(name, str) else ""


def _sound(definition: Any) -> tuple[bytes, tuple[Mirrored, ...]] | str:
    """Return the canonical encoding and the annotations, or the flaw."""
    if not isinstance(definition, dict):
        return "a tool's definition is no object"
    name = name_of(definition)
    if _NAME.fullmatch(name) is None:
        return f"a tool's name is not 1 to 128 characters of A-Z a-z 0-9 _ . -: {_shown(definition.get('name'))}"
    if not isinstance(definition.get("inputSchema"), dict):
        return f"tool `{name}` has no `inputSchema` that is an object"
    whole = encoded(definition)
    if len(whole) > DEFINITION_BYTES:
        return f"tool `{name}` has a definition of {len(whole)} bytes, over {DEFINITION_BYTES}"
    # Few schemas have annotations, and looking at every part of every schema of a long list takes its time.
    headers = mirrored(definition) if _ANNOTATED in whole else ()
    if isinstance(headers, Deny):
        return f"tool `{name}` has an `x-mcp-header` that cannot be used: {headers.detail or headers.reason.public}"
    return whole, headers


def _shown(name: object) -> str:
    return f"`{ascii(name)[:64]}`"
