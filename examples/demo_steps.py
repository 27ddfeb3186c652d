"""The walk: every call of the demo, who makes it, and what must come of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from demo_client import Answer, RawClient

HIDDEN = "200 error -32602"
TRIES = 60


class Seen(NamedTuple):
    """What came of a step, in the words of the table; `proof` says in what respect it fell short, or is empty."""

    happened: str
    proof: str = ""


class Step(NamedTuple):
    """One row: what is sent, by whom, what must happen, and the start of the reason in the ledger (empty: none)."""

    title: str
    who: str
    expected: str
    reason: str
    send: Callable[[RawClient], Seen]


def plain(answer: Answer) -> Seen:
    return Seen(answer.summary)


def saying(answer: Answer, *words: str, without: str = "") -> Seen:
    """The answer, whose reply must hold some words and must not hold others."""
    text = json.dumps(answer.reply)
    missing = [f"`{word}` is missing" for word in words if word not in text]
    leaked = [f"`{without}` is still there"] if without and without in text else []
    return Seen(answer.summary, "; ".join(missing + leaked))


def challenged(answer: Answer) -> Seen:
    """A 401 must say how to authenticate."""
    return Seen(
        answer.summary, "" if answer.headers.get("www-authenticate", "").startswith("Bearer") else "no challenge"
    )


def call(tool: str, **arguments: object) -> Callable[[RawClient], Seen]:
    return lambda client: plain(client.call(tool, arguments))


def tools(*expected: str) -> Callable[[RawClient], Seen]:
    """List the tools; exactly these must be seen."""

    def send(client: RawClient) -> Seen:
        answer = client.send(client.message("tools/list"))
        names = sorted(tool["name"] for tool in answer.result.get("tools", ()))
        return Seen(answer.summary, "" if names == sorted(expected) else f"saw {', '.join(names) or 'nothing'}")

    return send


def until_limited(client: RawClient) -> Seen:
    """Call one tool until the gateway has enough of it."""
    for _ in range(TRIES):
        answer = client.call("get_time")
        if answer.summary != "200 result":
            return plain(answer)
    return Seen("never limited")


def twice_the_same_key(client: RawClient) -> Seen:
    """Two parsers may take different halves of `{"name": "echo", "name": "delete_all"}`: refuse it."""
    message = client.message("tools/call", {"name": "echo", "arguments": {"text": "hi"}})
    body = json.dumps(message).replace('"name": "echo"', '"name": "echo", "name": "delete_all"', 1)
    return plain(client.send(message, body=body.encode()))


def two_stories(client: RawClient) -> Seen:
    """Headers that tell a harmless story over a body that tells another."""
    message = client.message("tools/call", {"name": "delete_all", "arguments": {}})
    return plain(client.send(message, headers={"Mcp-Name": "echo"}))


def batch(client: RawClient) -> Seen:
    message = client.message("tools/call", {"name": "echo", "arguments": {"text": "hi"}})
    return plain(client.send(message, body=json.dumps([message, message]).encode()))


def with_headers(**headers: str) -> Callable[[RawClient], Seen]:
    return lambda client: plain(client.call("echo", {"text": "hi"}, headers=headers))


def token_in_the_url(client: RawClient) -> Seen:
    said = RawClient(client.endpoint.geturl())
    return plain(said.call("echo", {"text": "hi"}, target=f"{client.endpoint.path}?access_token={client.token}"))


def with_the_official_sdk(mode: str) -> Callable[[RawClient], Seen]:
    """The same call by the official SDK's client, in either protocol era."""

    async def scenario(client: RawClient) -> Seen:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {client.token}"}, timeout=30) as http:
            transport = streamable_http_client(client.endpoint.geturl(), http_client=http)
            async with Client(transport, mode=mode) as session:
                result = await session.call_tool("echo", {"text": "hi"})
                return Seen("200 tool error" if result.is_error else "200 result")

    return lambda client: asyncio.run(scenario(client))


def two_lengths(client: RawClient) -> Seen:
    """Two programs that believe different lengths see different requests: smuggling."""
    where = client.endpoint
    head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {client.token}\r\n"
    return plain(client.send_bytes(f"{head}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{{}}".encode()))


READING = ("echo", "get_report", "get_time", "leak_config", "slow_count")
ALL_BUT_DELETE = (*READING, "add_note", "ask", "summarize")

# rita is a reader, alice an engineer (see yett.yaml); nobody has no token, mallory one that no gateway here issued.
STEPS = (
    Step("list the tools", "rita", "200 result", "", tools(*READING)),
    Step("list the tools", "alice", "200 result", "", tools(*ALL_BUT_DELETE)),
    Step("call echo", "rita", "200 result", "", call("echo", text="hi")),
    Step("call add_note", "alice", "200 result", "", call("add_note", title="milk", text="two bottles")),
    Step("call echo with the official SDK", "alice", "200 result", "", with_the_official_sdk("2026-07-28")),
    Step("the same, handshake era", "alice", "200 result", "", with_the_official_sdk("legacy")),
    Step("call add_note, not granted", "rita", HIDDEN, "access", call("add_note", title="milk", text="none")),
    Step("call delete_all, denied", "alice", HIDDEN, "access", call("delete_all")),
    Step("call a tool that does not exist", "alice", HIDDEN, "access", call("delete_everything")),
    Step("a number where a text belongs", "rita", "200 tool error", "arguments", call("echo", text=7)),
    Step("an argument nobody declared", "rita", "200 tool error", "arguments", call("echo", text="hi", sudo=True)),
    Step(
        "call leak_config",
        "rita",
        "200 result",
        "",
        lambda client: saying(
            client.call("leak_config"), "[redacted:aws-access-key", "[redacted:github", without="AK" + "IA"
        ),
    ),
    Step(f"call get_time, {TRIES} times in a row", "rita", "200 tool error", "rate-limit", until_limited),
    Step("no token", "nobody", "401", "", lambda client: challenged(client.call("echo", {"text": "hi"}))),
    Step(
        "a token from elsewhere", "mallory", "401", "", lambda client: challenged(client.call("echo", {"text": "hi"}))
    ),
    Step("a good token, but in the URL", "alice", "400", "http.query", token_in_the_url),
    Step("from a foreign web page (Origin)", "alice", "403", "origin", with_headers(Origin="https://evil.example")),
    Step("through a foreign name (Host)", "alice", "421", "origin", with_headers(Host="evil.example")),
    Step("the same JSON key twice", "alice", "400 error -32700", "", twice_the_same_key),
    Step("header says echo, body delete_all", "alice", "400 error -32020", "", two_stories),
    Step("two calls in one batch", "alice", "400 error -32600", "", batch),
    Step("two lengths for one body", "alice", "400", "http.refused", two_lengths),
)


def clients(endpoint: str, tokens: Mapping[str, str]) -> dict[str, RawClient]:
    """Everyone who appears in the steps."""
    return {who: RawClient(endpoint, tokens.get(who, "")) for who in {step.who for step in STEPS}}
