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

GOOD = "200 result"
HIDDEN = "200 error -32602"
TOLD = "200 tool error"
TRIES = 60


class Seen(NamedTuple):
    """What came of a step, in the words of the table, and what the client could read.

    `proof` says in what respect it fell short, or is empty.
    """

    happened: str
    proof: str = ""
    text: str = ""


class Step(NamedTuple):
    """One row: what is sent, by whom, what must happen, and the reason in the ledger (empty: not refused).

    `quoted` steps show what the client read.
    """

    title: str
    who: str
    expected: str
    reason: str
    send: Callable[[RawClient], Seen]
    quoted: bool = False


def plain(answer: Answer) -> Seen:
    return Seen(answer.summary, text=answer.text)


def saying(answer: Answer, *words: str, without: str = "") -> Seen:
    """The answer, whose reply must hold some words and must not hold others."""
    text = json.dumps(answer.reply)
    missing = [f"`{word}` is missing" for word in words if word not in text]
    leaked = [f"`{without}` is still there"] if without and without in text else []
    return Seen(answer.summary, "; ".join(missing + leaked), answer.text)


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


def foreign_page(client: RawClient) -> Seen:
    return plain(client.call("echo", {"text": "hi"}, headers={"Origin": "https://evil.example"}))


def foreign_name(client: RawClient) -> Seen:
    """What DNS rebinding looks like: the browser believes that the gateway is `evil.example`."""
    return plain(client.call("echo", {"text": "hi"}, headers={"Host": "evil.example"}))


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


def leak(client: RawClient) -> Seen:
    return saying(client.call("leak_config"), "[redacted:aws-access-key", "[redacted:github-token", without="AK" + "IA")


def unauthenticated(client: RawClient) -> Seen:
    return challenged(client.call("echo", {"text": "hi"}))


READING = ("echo", "get_report", "get_time", "leak_config", "slow_count")
ALL_BUT_DELETE = (*READING, "add_note", "ask", "summarize")
HELLO = call("echo", text="hi")
NOTE = call("add_note", title="milk", text="two bottles")

# rita is a reader, alice an engineer (see yett.yaml); nobody has no token, mallory one that no gateway here issued.
STEPS = (
    Step("list the tools", "rita", GOOD, "", tools(*READING)),
    Step("list the tools", "alice", GOOD, "", tools(*ALL_BUT_DELETE)),
    Step("call echo", "rita", GOOD, "", HELLO),
    Step("call add_note", "alice", GOOD, "", NOTE),
    Step("call echo with the official SDK", "alice", GOOD, "", with_the_official_sdk("2026-07-28")),
    Step("the same, handshake era", "alice", GOOD, "", with_the_official_sdk("legacy")),
    Step("call add_note, not granted", "rita", HIDDEN, "access.not-granted", NOTE, quoted=True),
    Step("call delete_all, denied", "alice", HIDDEN, "access.not-granted", call("delete_all")),
    Step("call a tool that does not exist", "alice", HIDDEN, "access.not-granted", call("delete_everything")),
    Step("a number where a text belongs", "rita", TOLD, "arguments.invalid", call("echo", text=7), quoted=True),
    Step("an argument nobody declared", "rita", TOLD, "arguments.invalid", call("echo", text="hi", sudo=True)),
    Step("call leak_config", "rita", GOOD, "", leak, quoted=True),
    Step(f"call get_time, {TRIES} times in a row", "rita", TOLD, "rate-limit.reached", until_limited, quoted=True),
    Step("no token", "nobody", "401 error 4010", "token.missing", unauthenticated),
    Step("a token from elsewhere", "mallory", "401 error 4010", "token.unknown", unauthenticated),
    Step("a good token, but in the URL", "alice", "400 error 4000", "http.query", token_in_the_url),
    Step("from a foreign web page", "alice", "403 error 4031", "origin.foreign", foreign_page),
    Step("through a foreign host name", "alice", "421 error 4210", "origin.host-unknown", foreign_name),
    Step("the same JSON key twice", "alice", "400 error -32700", "json.key-twice", twice_the_same_key),
    Step("header says echo, body delete_all", "alice", "400 error -32020", "header.mismatch", two_stories),
    Step("two calls in one batch", "alice", "400 error -32600", "rpc.batch", batch),
    Step("two lengths for one body", "alice", "400", "http.refused", two_lengths),
)


def clients(endpoint: str, tokens: Mapping[str, str]) -> dict[str, RawClient]:
    """Everyone who appears in the steps."""
    return {who: RawClient(endpoint, tokens.get(who, "")) for who in {step.who for step in STEPS}}
