"""Secrets are planted wherever one can live, all is exercised at debug level, and all that was written is searched."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

from siege.campaign import Campaign, Lane
from siege.canaries import sweep
from siege.castle import YETT, Castle
from siege.knock import Answer, fresh_address, knock
from siege.speech import ABSENT, Say, call

PLANTED = 40


def in_requests(make: Any, castle: Castle) -> Iterator[tuple[Say, str]]:
    """Requests that carry a secret where one may slip in, each with the era it is for (both where empty)."""
    stranger = {"caller": "stranger"}
    yield call("echo", path=f"/web/mcp?access_token={make('query')}", **stranger), ""
    yield call("echo", path=f"/web/{make('path')}/mcp", **stranger), ""
    yield call("echo", head={"cookie": f"session={make('cookie')}"}, **stranger), ""
    yield call("echo", head={"x-api-key": make("X-API-Key")}, **stranger), ""
    yield call("echo", head={"authorization": f"Basic {make('Basic')}"}), ""
    yield call("echo", head={"authorization": f"Bearer {make('unknown bearer')}"}), ""
    yield call("echo", head={"authorization": f"Bearer  {make('malformed bearer')} x"}), ""
    yield call("echo", head={"authorization": f"Bearer {make('long bearer')}{'a' * 9000}"}), ""
    yield call("echo", lines=(f"authorization: Bearer {make('second header')}".encode(),)), ""
    yield call("echo", head={"proxy-authorization": f"Basic {make('proxy')}"}), ""
    yield call("echo", head={"sec-websocket-protocol": f"bearer, {make('websocket')}"}, **stranger), ""
    yield call("echo", head={"user-agent": make("user agent"), "referer": f"https://x/?{make('referer')}"}), ""
    yield call("echo", {"text": make("argument", signs=True)}), ""
    yield call("delete_all", {"text": make("argument of a denied call", signs=True)}), ""
    yield call("document", {"doc": {"a": [{"b": make("nested argument", signs=True)}]}}), ""
    yield call("typed", {"count": make("argument of the wrong type", signs=True)}), ""
    yield call("typed", {"count": 1, "kind": make("argument outside an enum")}), ""
    yield (
        call(
            "play",
            {"part": "say:" + json.dumps({"isError": True, "content": [{"type": "text", "text": make("tool error")}]})},
        ),
        "",
    )
    yield Say(method="prompts/get", params={"name": "hello", "arguments": {"a": make("prompt argument")}}), ""
    completion = {
        "ref": {"type": "ref/prompt", "name": "hello"},
        "argument": {"name": "a", "value": make("completion")},
    }
    yield Say(method="completion/complete", params=completion), ""
    yield call("echo", meta={"example/secret": make("`_meta`")}), ""
    yield call("echo", meta={"progressToken": make("progress token")}), ""
    yield Say(params={"name": "echo", "arguments": {}, "requestState": make("request state")}), ""
    yield (
        Say(params={"name": "echo", "arguments": {}, "inputResponses": {"a": {"content": make("input response")}}}),
        "",
    )
    yield call("echo", id=make("request id")), ""
    yield Say(body=b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":"' + make("broken JSON").encode()), ""
    yield Say(body=json.dumps([make("batch")]).encode()), ""
    yield call("echo", head={"content-type": f"text/{make('content type')}"}), ""
    yield call("echo", session=make("session id")), "legacy"
    yield (
        Say(
            verb=b"GET",
            session=make("another session"),
            head={"accept": "text/event-stream", "last-event-id": make("event id")},
        ),
        "legacy",
    )
    yield call("echo", head={"mcp-session-id": castle.tokens["bob"], "mcp-protocol-version": ABSENT}), "legacy"


def in_heads(make: Any, castle: Castle) -> Iterator[bytes]:
    """Bytes that are no HTTP, with a secret in them."""
    host = f"host: {castle.authority}\r\n".encode()
    yield b"GET /web/mcp HTTP/1.1\r\n" + host + f"authorization : Bearer {make('malformed head')}\r\n\r\n".encode()
    yield b"GET /web/mcp HTTP/1.1\r\n" + host + f"{make('header name')}_x: y\r\n\r\n".encode()
    yield f"GET /{make('request line')} HTTP/1.1 x\r\n\r\n".encode()
    yield f"{make('garbage')}\r\n\r\n".encode()
    yield (
        b"POST /web/mcp HTTP/1.1\r\n"
        + host
        + f"transfer-encoding: chunked\r\n\r\n1;{make('chunk extension')}\r\n".encode()
    )
    yield b"POST /web/mcp HTTP/1.1\r\n" + host + f"content-length: {make('content length')}\r\n\r\n".encode()


def refusals(answers: list[Answer]) -> bytes:
    """The bodies and heads of all that was refused or failed."""
    refused = [a for a in answers if a.status != 200 or b'"error"' in a.body or b'"isError":true' in a.body]
    return b"\n".join(json.dumps(answer.headers).encode() + answer.body for answer in refused)


def outputs_of_the_command_line(castle: Castle) -> bytes:
    """What an operator sees of this castle: its config, its checks, its ledger, its tokens."""
    said = b""
    for arguments in (
        ["validate"],
        ["show"],
        ["ledger", "verify"],
        ["ledger", "tail", "-n", "1000"],
        ["token", "list"],
    ):
        command = [*YETT, *arguments, *(() if arguments[0] == "schema" else ("-c", str(castle.folder / "yett.yaml")))]
        run = subprocess.run(command, env=castle.environment(), capture_output=True, check=False, cwd=castle.folder)
        assert run.returncode == 0, (arguments, run.stderr)
        said += run.stdout + run.stderr
    return said


def test_no_secret_is_found_where_none_may_be(tmp_path) -> None:
    with Castle(tmp_path, tls=True) as castle:
        campaign = Campaign(castle)
        make = castle.secrets.make
        answers = [
            campaign.say(say, Lane(era or "modern", server))
            for server in ("web", "proc")
            for say, era in in_requests(make, castle)
        ]
        answers += [campaign.say(say, Lane("legacy")) for say, era in in_requests(make, castle) if not era]
        heads = [
            knock(castle.port, [head], address=fresh_address(), tls=campaign.tls, seconds=9.0)
            for head in in_heads(make, castle)
        ]
        mine = castle.secrets.add("a live session", campaign.sessions.fresh("alice", "web"))
        answers += [campaign.say(call("echo", session=session), Lane("legacy")) for session in (mine, mine[:-1])]
        castle.secrets.add("the server's session", "canary-session-never-shown")
        answers += [
            campaign.say(call(tool), Lane("modern", server))
            for tool in ("leak", "environment")
            for server in ("web", "proc")
        ]
        for user in ("late", "gone", "mallory"):
            answers.append(campaign.say(call("echo", caller=user)))
        castle.reload()
        assert len(castle.secrets) >= PLANTED
        assert sweep(castle) == []
        # An id comes back to whom it belongs, and what a tool complains about is the tool's word to its caller.
        own = ("request id", "tool error")
        hits = castle.secrets.found_in(refusals(answers) + b"".join(one.raw for one in heads))
        assert [hit for hit in hits if not hit.startswith(own)] == []
        own_to_the_client = b"".join(answer.body for answer in answers)
        configured = ("web", "web.key", "proc", "proc.uri", "poison", "ledger key", "gateway's environment", "TLS key")
        assert [hit for hit in castle.secrets.found_in(own_to_the_client) if hit.partition(" (")[0] in configured] == []
        assert castle.secrets.found_in(outputs_of_the_command_line(castle)) == []
        # That the search finds what is there: the canary's own file holds what it was given.
        assert castle.secrets.found_in(castle.effects_path("web").read_bytes()) != []
