"""A bare MCP client over plain HTTP: it can also say what no proper client would.

By hand: `python demo_client.py --token TOKEN echo '{"text": "hi"}'`.
"""

from __future__ import annotations

import argparse
import json
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from socket import create_connection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "yett-demo-client", "version": "1.0.0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Answer(NamedTuple):
    """What came back: the HTTP status and headers, and the JSON-RPC reply where there is one."""

    status: int
    headers: dict[str, str]
    reply: dict[str, Any]

    @property
    def summary(self) -> str:
        """The answer in two words: the status, and what the reply says."""
        if "error" in self.reply:
            return f"{self.status} error {self.reply['error'].get('code')}"
        if "result" not in self.reply:
            return str(self.status)
        return f"{self.status} {'tool error' if self.result.get('isError') else 'result'}"

    @property
    def result(self) -> dict[str, Any]:
        result = self.reply.get("result")
        return result if isinstance(result, dict) else {}

    @property
    def text(self) -> str:
        """Everything the reply says to a person."""
        if "error" in self.reply:
            return str(self.reply["error"].get("message", ""))
        return " ".join(item["text"] for item in self.result.get("content", ()) if item.get("type") == "text")


class RawClient:
    """One caller at one MCP endpoint, by token. A connection for each request: nothing is shared between two."""

    def __init__(self, endpoint: str, token: str = "") -> None:
        self.endpoint = urlsplit(endpoint)
        self.token = token
        self._ids = count(1)

    def message(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request of the 2026-07-28 era."""
        body = {**(params or {}), "_meta": META}
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": body}

    def headers(self, message: dict[str, Any]) -> dict[str, str]:
        """The headers that go with a message, as the protocol demands."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": message["method"],
        }
        if message["method"] in NAMED_BY:
            headers["Mcp-Name"] = message["params"][NAMED_BY[message["method"]]]
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def send(
        self,
        message: dict[str, Any],
        *,
        body: bytes | None = None,
        target: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Post a message; `body`, `target` and `headers` stand for what would be sent."""
        connection = HTTPConnection(self.endpoint.hostname or "", self.endpoint.port, timeout=30)
        try:
            connection.request(
                "POST",
                target or self.endpoint.path,
                body if body is not None else json.dumps(message).encode(),
                {**self.headers(message), **(headers or {})},
            )
            return answer_of(connection.getresponse())
        finally:
            connection.close()

    def send_bytes(self, request: bytes) -> Answer:
        """Send a request byte by byte as it is given."""
        address = (self.endpoint.hostname or "", self.endpoint.port or 80)
        with create_connection(address, timeout=30) as connection:
            connection.sendall(request)
            response = HTTPResponse(connection)
            response.begin()
            return answer_of(response)

    def call(self, tool: str, arguments: dict[str, Any] | None = None, **said: Any) -> Answer:
        """Call a tool; `said` as for `send`."""
        return self.send(self.message("tools/call", {"name": tool, "arguments": arguments or {}}), **said)


def answer_of(response: HTTPResponse) -> Answer:
    """Read a response to its end."""
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, reply_in(response.read(), headers.get("content-type", "")))


def reply_in(body: bytes, content_type: str) -> dict[str, Any]:
    """The JSON-RPC reply in a body, the last event of a stream included; empty when there is none."""
    if content_type.startswith("text/event-stream"):
        events = [line.removeprefix(b"data:") for line in body.splitlines() if line.startswith(b"data:")]
        body = events[-1] if events else b""
    try:
        reply = json.loads(body)
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def main() -> None:
    parser = argparse.ArgumentParser(description="Call one tool, and print what came back.")
    parser.add_argument("tool")
    parser.add_argument("arguments", nargs="?", type=json.loads, default={}, help="a JSON object (default: {})")
    parser.add_argument("--url", default="http://127.0.0.1:8080/demo/mcp", help="default: %(default)s")
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    try:
        answer = RawClient(options.url, options.token).call(options.tool, options.arguments)
    except OSError as error:
        parser.exit(4, f"nothing answers at {options.url}: {error.strerror or error}; does the gateway run?\n")
    print(f"{answer.summary}: {answer.text}" if answer.text else answer.summary)


if __name__ == "__main__":
    main()
