from __future__ import annotations

import json

import pytest
from yardstick import call


def test_a_call_has_exactly_the_bytes_it_was_asked_for() -> None:
    for size in (call.BODY_BYTES, 1_024, 65_536, 1_048_576):
        content = call.sized(size)
        assert len(content) == size
        assert json.loads(content)["params"]["name"] == "echo"


def test_a_call_cannot_be_smaller_than_its_envelope() -> None:
    with pytest.raises(ValueError, match="bytes at least"):
        call.sized(100)


def test_a_request_says_how_long_its_body_is() -> None:
    head, _, content = call.request(8080, "/demo/mcp", "yett_x", b"{}").partition(b"\r\n\r\n")
    assert content == b"{}"
    assert head.split(b"\r\n") == [
        b"POST /demo/mcp HTTP/1.1",
        b"Host: 127.0.0.1:8080",
        b"Content-Length: 2",
        b"Authorization: Bearer yett_x",
        b"Content-Type: application/json",
        b"Accept: application/json, text/event-stream",
        b"MCP-Protocol-Version: 2026-07-28",
        b"Mcp-Method: tools/call",
        b"Mcp-Name: echo",
    ]
