"""Lists: everything a server offers to anybody who asks, as one document in the form of its own answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from yett.auditor.live.errand import Errand
from yett.core.exchange import Era
from yett.errors import UpstreamProtocolError
from yett.upstream.upstream import Upstream

SECONDS: Final = 60.0
"""For everything together. A stdio server may have to be fetched by its launcher first."""
_PAGES: Final = 50
_MOST: Final = 10_000
_BYTES: Final = 8_000_000
_LISTS: Final = (
    ("tools/list", "tools", "tools"),
    ("prompts/list", "prompts", "prompts"),
    ("resources/list", "resources", "resources"),
    ("resources/templates/list", "resourceTemplates", "resources"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """What a server said: its name, the era, the document, and which lists it did not give."""

    name: str
    era: str
    version: str
    document: bytes
    sizes: tuple[tuple[str, int], ...]
    missing: tuple[tuple[str, str], ...]


async def read_lists(upstream: Upstream) -> Lists:
    """Ask for every list, and end the conversation. Raises UpstreamError, PeerError or TimeoutError."""
    errand = Errand(upstream)
    document: dict[str, Any] = {}
    missing: list[tuple[str, str]] = []
    async with asyncio.timeout(SECONDS):
        try:
            await errand.begin()
            info = errand.info
            if isinstance(info.get("instructions"), str):
                document["instructions"] = info["instructions"]
            for method, key, capability in _LISTS:
                if capability not in _capabilities(info):
                    continue
                try:
                    document[key] = await _pages(errand, method, key)
                except UpstreamProtocolError as error:
                    missing.append((key, str(error)))
        finally:
            await errand.end()
    if "tools" not in document:
        raise UpstreamProtocolError(dict(missing)["tools"])
    return Lists(
        name=_name(info),
        era="modern" if errand.era is Era.MODERN else "legacy",
        version=errand.version,
        document=json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace"),
        sizes=tuple((key, len(document[key])) for _, key, _ in _LISTS if key in document),
        missing=tuple(missing),
    )


def _capabilities(info: dict[str, Any]) -> set[str]:
    """What the server says it can; tools are asked for in any case."""
    told = info.get("capabilities")
    return {"tools", *(told if isinstance(told, dict) else ())}


def _name(info: dict[str, Any]) -> str:
    """What the server calls itself: in the answer of the old handshake, or in the metadata of the new one."""
    meta = info.get("_meta")
    said = meta.get("io.modelcontextprotocol/serverInfo") if isinstance(meta, dict) else None
    for named in (said, info.get("serverInfo")):
        if isinstance(named, dict) and isinstance(named.get("name"), str):
            return str(named["name"])
    return ""


async def _pages(errand: Errand, method: str, key: str) -> list[Any]:
    """All pages of one list; one without an end is an error."""
    found: list[Any] = []
    size = 0
    cursor = None
    seen: set[str] = set()
    for _ in range(_PAGES):
        result = await errand.ask(method, {} if cursor is None else {"cursor": cursor})
        listed = result.get(key)
        if not isinstance(listed, list):
            raise UpstreamProtocolError(f"`{method}` answered without a list")
        found += listed
        size += len(json.dumps(listed))
        cursor = result.get("nextCursor")
        if size > _BYTES or len(found) > _MOST:
            raise UpstreamProtocolError(f"`{method}` lists more than {_MOST} things or {_BYTES} bytes")
        if not cursor:
            return found
        if not isinstance(cursor, str) or cursor in seen:
            break
        seen.add(cursor)
    raise UpstreamProtocolError(f"`{method}` does not come to an end")
