"""What only HTTP can get wrong: the gateway and the embedded mode refuse it with the same status, words and record."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from parity_modes import OverHttp, modes, settled
from parity_table import META, VERSION

LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}).encode()
GOOD = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": VERSION["modern"],
    "mcp-method": "tools/list",
}
WITHOUT = object()
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'

CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "good": (200, {}),
    "no token": (401, {"authorization": WITHOUT}),
    "another token": (401, {"authorization": "Bearer yett_nonsense"}),
    "another scheme": (401, {"authorization": "Basic eDp5"}),
    "a foreign host": (421, {"host": "evil.example"}),
    "a foreign origin": (403, {"origin": "https://evil.example"}),
    "an opaque origin": (403, {"origin": "null"}),
    "another media type": (415, {"content-type": "text/plain"}),
    "a compressed body": (415, {"content-encoding": "gzip"}),
    "no answer accepted": (406, {"accept": "text/html"}),
    "no version": (400, {"mcp-protocol-version": WITHOUT}),
    "another version": (400, {"mcp-protocol-version": "2025-11-25"}),
    "no method": (400, {"mcp-method": WITHOUT}),
    "another method": (400, {"mcp-method": "tools/call"}),
    "an orphaned name": (400, {"mcp-name": "echo"}),
    "a query": (400, {"_path": "/mcp?token=x"}),
    "PUT": (405, {"_method": "PUT"}),
    "GET without a session": (405, {"_method": "GET"}),
    "DELETE without a session": (405, {"_method": "DELETE"}),
    "an unknown session": (404, {"mcp-session-id": "nonsense", "mcp-protocol-version": "2025-11-25", "_body": PING}),
    "two media types": (400, {"_twice": ("content-type", "application/json")}),
    "two versions": (400, {"_twice": ("mcp-protocol-version", "2026-07-28")}),
    "two tokens": (400, {"_twice": ("authorization", "Bearer x")}),
    "a body too large": (413, {"_body": b" " * (1024 * 1024 + 1)}),
    "a head too large": (431, {"x-filler": "x" * 20_000}),
}  # fmt: skip
WORDS_DIFFER = {"two media types", "a body too large", "a head too large"}
"""The wire refuses these before anything is known, in words of its own; status and record are the same."""


async def _ask(mode: OverHttp, changes: dict[str, Any]) -> tuple[int, Any, str, list[Any]]:
    base = str(mode.client.base_url).rstrip("/")
    headers = GOOD | {"authorization": f"Bearer {mode.token}", "host": base.partition("://")[2]} | changes
    method, path = changes.get("_method", "POST"), changes.get("_path", "/mcp")
    sent = [(name, value) for name, value in headers.items() if value is not WITHOUT and not name.startswith("_")]
    sent += [changes["_twice"]] if "_twice" in changes else []
    body = changes.get("_body", LIST) if method == "POST" else b""
    answer = await mode.client.request(method, path, headers=sent, content=body)
    kind = answer.headers.get("content-type", "")
    said = settled(answer.json()) if kind == "application/json" else ""
    for _ in range(300):  # what the wire refused is written down every second
        records = await mode._records()
        if records:
            break
        await asyncio.sleep(0.01)
    reasons = [(record["kind"], record.get("reason", ""), record.get("answer", "")) for record in records]
    return answer.status_code, said, answer.headers.get("www-authenticate", ""), reasons


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, dict[str, Any]]:
    async def whole() -> dict[str, dict[str, Any]]:
        async with modes(tmp_path_factory.mktemp("parity")) as made:
            over = {name: mode for name, mode in made.items() if isinstance(mode, OverHttp)}
            return {
                name: {kind: await _ask(mode, changes) for kind, mode in over.items()}
                for name, (_, changes) in CASES.items()
            }

    return asyncio.run(whole())


@pytest.mark.parametrize("name", CASES)
def test_both_refuse_it_alike(found, name) -> None:
    gateway, embedded = found[name]["gateway"], found[name]["embedded"]
    assert gateway[0] == CASES[name][0]
    if name in WORDS_DIFFER:
        gateway, embedded = (gateway[0], *gateway[2:]), (embedded[0], *embedded[2:])
    assert embedded == gateway
