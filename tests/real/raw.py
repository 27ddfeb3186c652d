"""A client that says exactly what it is told to, over sockets it can cut: for what no SDK lets its users do."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

JSON: TypeAlias = dict[str, Any]
MODERN_VERSION = "2026-07-28"
LEGACY_VERSION = "2025-11-25"
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
ABLE: JSON = {"sampling": {}, "elicitation": {}, "roots": {}}


@dataclass
class Event:
    """One server-sent event."""

    id: str = ""
    data: str = ""

    @property
    def message(self) -> JSON:
        return json.loads(self.data) if self.data else {}


@dataclass
class Answer:
    """An answer as it comes in. `cut()` drops the connection."""

    connection: HTTPConnection
    response: HTTPResponse
    status: int = field(init=False)

    def __post_init__(self) -> None:
        self.status = self.response.status

    def header(self, name: str) -> str:
        return self.response.getheader(name) or ""

    def events(self) -> Iterator[Event]:
        """The events of the stream; ends with it. Comments are no events."""
        event = Event()
        for line in self._lines():
            name, _, value = line.partition(":")
            if not line and (event.id or event.data):
                yield event
                event = Event()
            elif name == "id":
                event.id = value.strip()
            elif name == "data":
                event.data += value.strip()

    def messages(self) -> Iterator[JSON]:
        """The messages of the answer, JSON or a stream."""
        if "event-stream" in self.header("content-type"):
            yield from (event.message for event in self.events() if event.data)
        else:
            body = self.response.read()
            if body:
                yield json.loads(body)

    def reply(self, id: Any) -> JSON:
        return next(message for message in self.messages() if message.get("id") == id and "method" not in message)

    def cut(self) -> None:
        """Drop the connection at once; harmless when it is gone."""
        if self.connection.sock is not None:
            with suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.response.close()

    def _lines(self) -> Iterator[str]:
        try:
            while line := self.response.readline():
                yield line.decode().rstrip("\n")
        except (OSError, ValueError):
            return


class Raw:
    """One caller at one endpoint: every request on a connection of its own. All are closed with the context."""

    def __init__(self, target: JSON, *, seconds: float = 15.0) -> None:
        self.where = urlsplit(target["url"])
        self.token = target.get("token", "")
        self.seconds = seconds
        self.session = ""
        self._ids = count(100)
        self._answers: list[Answer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for answer in self._answers:
            answer.cut()

    def send(self, verb: str, body: JSON | None = None, **headers: str) -> Answer:
        connection = HTTPConnection(self.where.hostname or "", self.where.port, timeout=self.seconds)
        fields = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(verb, self.where.path, None if body is None else json.dumps(body), fields)
        answer = Answer(connection, connection.getresponse())
        self._answers.append(answer)
        return answer

    def modern(self, method: str, params: JSON | None = None, *, id: Any = None) -> Answer:
        """A request of the 2026-07-28 era."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
            "io.modelcontextprotocol/clientCapabilities": ABLE,
            **(params or {}).get("_meta", {}),
        }
        body = {"jsonrpc": "2.0", "id": id or next(self._ids), "method": method}
        body["params"] = {**(params or {}), "_meta": meta}
        headers = {"Mcp_Protocol_Version": MODERN_VERSION, "Mcp_Method": method}
        if method in NAMED_BY:
            headers["Mcp_Name"] = body["params"][NAMED_BY[method]]
        return self.send("POST", body, **headers)

    def initialize(self) -> JSON:
        """Open a session, and say so."""
        params = {
            "protocolVersion": LEGACY_VERSION,
            "capabilities": ABLE,
            "clientInfo": {"name": "raw", "version": "1"},
        }
        answer = self.send("POST", {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        self.session = answer.header("mcp-session-id")
        result = answer.reply(0)
        assert self.legacy({"jsonrpc": "2.0", "method": "notifications/initialized"}).status == 202
        return result

    def legacy(self, body: JSON) -> Answer:
        """A message in the session."""
        return self.send("POST", body, **self._in_session())

    def request(self, method: str, params: JSON | None = None, *, id: Any = None) -> Answer:
        """A request in the session."""
        return self.legacy({"jsonrpc": "2.0", "id": id or next(self._ids), "method": method, "params": params or {}})

    def listen(self, last_event_id: str = "") -> Answer:
        """The GET stream."""
        resumed = {"Last_Event_ID": last_event_id} if last_event_id else {}
        return self.send("GET", None, **self._in_session(), **resumed)

    def end(self) -> Answer:
        return self.send("DELETE", None, **self._in_session())

    def _in_session(self) -> dict[str, str]:
        headers = {"Mcp_Protocol_Version": LEGACY_VERSION}
        return headers | {"Mcp_Session_Id": self.session} if self.session else headers


def calling(tool: str, arguments: JSON, *, token: Any = None) -> JSON:
    """The params of a tool call; with `token` it asks for progress."""
    return {"name": tool, "arguments": arguments} | ({"_meta": {"progressToken": token}} if token is not None else {})


@contextmanager
def opened(target: JSON) -> Iterator[Raw]:
    """A session from its beginning to its end."""
    with Raw(target) as client:
        client.initialize()
        yield client
        client.end()
