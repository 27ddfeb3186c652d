"""Dialect: the few harmless messages of the probes, in either era, and what their answers say."""

from __future__ import annotations

import json
from typing import Any, Final

from yett import __version__
from yett.auditor.live.asking import Answer

MODERN: Final = "2026-07-28"
LEGACY: Final = "2025-11-25"
MARK: Final = "yett-audit"
_CLIENT: Final = {"name": MARK, "version": __version__}
_META: Final = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": _CLIENT,
}
JSON_HEADERS: Final = (("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"))


def message(method: str, *, modern: bool, number: int = 1, params: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request."""
    given = dict(params or {})
    if modern:
        given["_meta"] = _META
    return {"jsonrpc": "2.0", "id": f"{MARK}-{number}", "method": method, "params": given}


def hello() -> dict[str, Any]:
    """The handshake of the older era."""
    params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": _CLIENT}
    return {"jsonrpc": "2.0", "id": f"{MARK}-0", "method": "initialize", "params": params}


def encoded(content: object) -> bytes:
    """A message as bytes."""
    return json.dumps(content).encode()


def headers(method: str, *, modern: bool, session: str = "") -> list[tuple[str, str]]:
    """The headers that go with a message."""
    listed = [*JSON_HEADERS]
    if modern:
        return [*listed, ("MCP-Protocol-Version", MODERN), ("Mcp-Method", method)]
    if session:
        listed += [("MCP-Protocol-Version", LEGACY), ("Mcp-Session-Id", session)]
    return listed


def documents(answer: Answer) -> list[Any]:
    """The JSON documents of an answer: its body, or the data of its events."""
    texts = [answer.text]
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        events = answer.text.replace("\r\n", "\n").split("\n\n")
        texts = ["\n".join(l[5:].strip() for l in event.split("\n") if l.startswith("data:")) for event in events]  # noqa: E741 - a line
    found = []
    for text in texts:
        try:
            found.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
    return found


def result(answer: Answer) -> dict[str, Any] | None:
    """The result that an answer carries; None for errors and everything else."""
    for document in documents(answer):
        for each in document if isinstance(document, list) else [document]:
            if isinstance(each, dict) and isinstance(each.get("result"), dict):
                return dict(each["result"])
    return None


def tools(answer: Answer) -> list[str] | None:
    """The names of the tools that an answer lists, or None."""
    found = result(answer)
    listed = None if found is None else found.get("tools")
    if not isinstance(listed, list):
        return None
    return [str(tool.get("name", "")) for tool in listed if isinstance(tool, dict)]
