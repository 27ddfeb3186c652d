"""M-13 to M-29, M-51: messages, sessions and ids."""

from __future__ import annotations

import json
from collections.abc import Iterator

from siege.cases import Talk, act, case, hidden, no, talk, tool_error, yes
from siege.rows.json_documents import json_corpus
from siege.speech import ABSENT, Say, call
from siege.stories.http_use import two_callers_on_one_connection
from siege.stories.mcp_messages import (
    event_ids_lead_nowhere,
    looks_the_same,
    many_subscriptions,
    one_id_twice,
    own_replies_only,
    same_time,
    sessions_are_bound,
)


def method(text: str) -> Say:
    """A message with another method, and a header that agrees where it can."""
    return Say(
        method=text,
        params={"name": "delete_all", "arguments": {}},
        head={"mcp-method": text if text.isascii() else ABSENT},
    )


def split_session_ids() -> Iterator[Talk]:
    """Session ids that are no header values, or too many."""
    for what, line in (
        ("CR LF", b"mcp-session-id: x\r\nx-evil: y"),
        ("an 8-bit id", b"mcp-session-id: \xe9"),
        ("an empty one", b"mcp-session-id: "),
        ("two", b"mcp-session-id: a\r\nmcp-session-id: b"),
        ("a list", b"mcp-session-id: a, b"),
    ):
        say = call("echo", {"text": "x"}, head={"mcp-session-id": ABSENT}, lines=(line,))
        yield talk(what, say, no(400, 404), eras="legacy", servers="web")


BIG_ID = "x" * 1_000_000


ROWS = [
    case(
        "M-13",
        "requests without an id",
        [
            talk(
                f"{name} {params.get('name', '')}".strip(),
                Say(method=name, params=params, members={"id": ABSENT}),
                no(400, 202, code=-32600),
            )
            for name, params in (
                ("tools/call", {"name": "echo", "arguments": {}}),
                ("tools/call", {"name": "delete_all", "arguments": {}}),
                ("prompts/get", {"name": "hello"}),
                ("resources/read", {"uri": "note://public/a"}),
                ("tools/list", {}),
            )
        ],
        talk(
            "a notification with an id",
            Say(method="notifications/cancelled", params={"requestId": 1}),
            no(400, code=-32600),
        ),
    ),
    case(
        "M-14",
        "ids that are none, or in use",
        [
            talk(f"{type(value).__name__} {str(value)[:12]}", call("echo", id=value), no(400, code=-32600))
            for value in (None, True, 1.5, {}, [], BIG_ID[:300])
        ],
        talk("a megabyte of id", call("echo", id=BIG_ID), no(400, 413)),
        talk("2^53 as an id", call("echo", id=2**53), no(400)),
        [talk(f"{value!r} is an id", call("echo", id=value), yes()) for value in (0, -1, "", "a-b_c", 2**53 - 1)],
        act("the same id twice in one session", one_id_twice),
    ),
    case(
        "M-15",
        "a client that replies",
        [
            talk(
                what,
                Say(body=json.dumps(reply).encode(), head={"mcp-method": ABSENT, "mcp-name": ABSENT}),
                no(400, code=-32600),
            )
            for what, reply in (
                ("a result", {"jsonrpc": "2.0", "id": 1, "result": {"content": []}}),
                ("an error", {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}}),
                ("a result to nothing", {"jsonrpc": "2.0", "id": "never-asked", "result": {}}),
            )
        ],
        talk(
            "a result with a method",
            Say(body=b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"},"result":{}}'),
            no(400, code=-32600),
        ),
    ),
    case("M-16", "envelopes with more, less or other members", list(json_corpus("M-16"))),
    case(
        "M-22",
        "too many subscriptions",
        act("20,000 URIs", many_subscriptions),
        not_yet="a slow reader of a stream is H-35",
    ),
    case(
        "M-23",
        "another caller's cursor",
        not_yet="cursors are the server's and pass as they are; the gateway signs none",
    ),
    case(
        "M-24",
        "another caller's requestState",
        not_yet="the server's sealed state passes as it is; the gateway has no envelope of its own",
    ),
    case(
        "M-25",
        "answers to questions that were not asked",
        [
            talk(
                what, Say(params={"name": "echo", "arguments": {}, "inputResponses": value}), no(200, 400, code=-32602)
            )
            for what, value in (("a list", []), ("a text", "x"), ("null", None))
        ],
        talk(
            "a state that is no text",
            Say(params={"name": "echo", "arguments": {}, "requestState": {}}),
            no(200, 400, code=-32602),
        ),
        talk(
            "a retry is a full call: forbidden",
            Say(params={"name": "delete_all", "arguments": {}, "requestState": "x", "inputResponses": {}}),
            hidden(),
        ),
        talk(
            "a retry is a full call: wrong arguments",
            Say(params={"name": "typed", "arguments": {}, "requestState": "x", "inputResponses": {}}),
            tool_error(),
        ),
        not_yet="matching answers with the questions of an earlier round",
    ),
    case("M-26", "legacy sessions", act("bound to caller and server", sessions_are_bound), split_session_ids()),
    case("M-27", "event ids of others", act("lead nowhere", event_ids_lead_nowhere)),
    case("M-28", "two callers on one connection", act("identity per request", two_callers_on_one_connection)),
    case("M-29", "mix-ups under load", act("24 clients, the same ids", own_replies_only)),
    case(
        "M-51",
        "finding out which names exist",
        act("the same answer", looks_the_same),
        act("in the same time", same_time, long=True),
    ),
]
