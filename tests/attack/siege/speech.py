"""Well-formed MCP requests in both eras, every part of which a case may replace."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
META = {VERSION_KEY: MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
ABSENT: Any = object()
"""Leaves out a member or header that would stand there."""


@dataclass(frozen=True, kw_only=True)
class Say:
    """One message: what an honest client would send, but for what is replaced here.

    `head` replaces headers by lower-case name (`ABSENT` removes one); `lines` are header lines added as they are;
    `body` replaces the whole body; `members` replaces members of the envelope, `meta` members of `_meta`.
    """

    method: str = "tools/call"
    params: Mapping[str, Any] | None = None
    caller: str = "alice"
    id: Any = 7
    head: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[bytes, ...] = ()
    body: bytes | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    verb: bytes = b"POST"
    path: str = ""
    session: str | None = None
    """A legacy session other than the caller's own."""

    def envelope(self, era: str) -> dict[str, Any]:
        """The message as an object."""
        params = dict(self.params or {})
        if era == "modern" and params.get("_meta") is not ABSENT:
            params["_meta"] = without_absent({**META, **params.get("_meta", {}), **self.meta})
        elif self.meta:
            params["_meta"] = without_absent({**params.get("_meta", {}), **self.meta})
        whole = {"jsonrpc": "2.0", "id": self.id, "method": self.method, "params": without_absent(params)}
        return without_absent({**whole, **self.members})

    def encoded(self, era: str) -> bytes:
        """The body."""
        if self.body is not None:
            return self.body
        return json.dumps(self.envelope(era), ensure_ascii=False).encode("utf-8", "surrogatepass")


def without_absent(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that stand there."""
    return {key: value for key, value in members.items() if value is not ABSENT}


def call(name: Any = "echo", arguments: Any = None, **more: Any) -> Say:
    """A tool call."""
    return Say(params={"name": name, "arguments": {} if arguments is None else arguments}, **more)


def altered(message: Say, **changes: Any) -> Say:
    """The same message but for some parts."""
    return replace(message, **changes)


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where and as whom a request goes: what `Say` does not know."""

    authority: str
    token: str
    era: str
    server: str
    session: str = ""
    version: str = LEGACY


def written(message: Say, door: Door) -> bytes:
    """The request as bytes; it asks for the connection to be closed."""
    body = message.encoded(door.era)
    params = message.params or {}
    headers: dict[str, Any] = {
        "host": door.authority,
        "authorization": f"Bearer {door.token}" if door.token else ABSENT,
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
    }
    if door.era == "modern":
        named = params.get(NAMED.get(message.method, ""), ABSENT)
        headers["mcp-protocol-version"] = MODERN
        headers["mcp-method"] = message.method
        headers["mcp-name"] = named if isinstance(named, str) and named.isascii() and named.isprintable() else ABSENT
    elif door.session or message.session is not None:
        headers["mcp-protocol-version"] = door.version
        headers["mcp-session-id"] = door.session if message.session is None else message.session
    if message.verb != b"POST":
        headers["content-type"] = ABSENT
    headers["content-length"] = str(len(body)) if message.verb == b"POST" else ABSENT
    headers["connection"] = "close"
    lines = [head_line(name, value) for name, value in {**headers, **message.head}.items() if value is not ABSENT]
    path = message.path or f"/{door.server}/mcp"
    first = message.verb + b" " + path.encode("latin-1") + b" HTTP/1.1"
    whole = b"\r\n".join([first, *lines, *message.lines]) + b"\r\n\r\n"
    return whole + (body if message.verb == b"POST" else b"")


def head_line(name: str, value: str | bytes) -> bytes:
    """One header line; text is written as UTF-8."""
    return name.encode() + b": " + (value if isinstance(value, bytes) else value.encode())


def b64(text: bytes) -> str:
    """A value between the markers."""
    return f"=?base64?{b64encode(text).decode()}?="


def resource(uri: str) -> Say:
    """A reading of a resource; its header agrees as far as one can be written."""
    plain = uri.isascii() and uri.isprintable() and uri == uri.strip() and uri
    return Say(method="resources/read", params={"uri": uri}, head={"mcp-name": uri if plain else b64(uri.encode())})


def named(name: str) -> Say:
    """A call whose header agrees with the body, encoded where it has to be."""
    return call(name, head={"mcp-name": b64(name.encode())})


def in_call(arguments: bytes, *, modern: bool) -> bytes:
    """A call of `document` with these very arguments."""
    meta = b',"_meta":' + json.dumps(META).encode() if modern else b""
    document = b'{"name":"document","arguments":{"doc":' + arguments + b"}" + meta + b"}"
    return b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + document + b"}"


DOCUMENT = call("document", {"doc": {}})
