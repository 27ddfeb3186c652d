"""One `tools/call` as every load sends it: its body, its headers, and how its answer is told from a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from yardstick.upstream import ID, VERSION

BODY_BYTES: Final = 220
"""What the small call weighs."""


def body(arguments: Mapping[str, Any], tool: str = "echo") -> bytes:
    """The JSON-RPC request, written as the gateway writes it."""
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": tool, "arguments": dict(arguments), "_meta": meta}
    request = {"jsonrpc": "2.0", "id": ID, "method": "tools/call", "params": params}
    return json.dumps(request, separators=(",", ":")).encode()


def sized(total: int, tool: str = "echo") -> bytes:
    """A call of exactly `total` bytes; its one argument is as long as that needs."""
    empty = len(body({"text": ""}, tool))
    if total < empty:
        raise ValueError(f"a call of `{tool}` has {empty} bytes at least, not {total}")
    words = "the quick brown fox jumps over the lazy dog "
    need = total - empty
    return body({"text": (words * (need // len(words) + 1))[:need]}, tool)


def headers(token: str, tool: str = "echo") -> dict[str, str]:
    """The headers of a modern client, but for Host and Content-Length."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }


def request(port: int, path: str, token: str, content: bytes, tool: str = "echo") -> bytes:
    """The whole HTTP request."""
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers(token, tool).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content
