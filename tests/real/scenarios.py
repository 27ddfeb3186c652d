"""What clients do with servers, as scripts that every client can play, and what must come of it.

A proof looks at what was seen without the gateway too: there it says that the scenario is worth something.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

JSON: TypeAlias = dict[str, Any]
Proof: TypeAlias = Callable[[list[Any], "Cell"], None]

LARGE: Final = 1_000_000
"""Characters. The Python SDK v2 takes no event above 1 MiB."""
UNICODE: Final = "grüße, 世界 \U0001f98a \u2028 \u202e \\u0041 \ud7ff é"
CONTENT_KINDS: Final = ["image", "audio", "resource_link", "resource"]


@dataclass(frozen=True)
class Cell:
    """One client at one server over one transport, in the era that both speak."""

    client: str
    server: str
    transport: str
    era: str

    def __str__(self) -> str:
        return f"{self.client}-{self.server}-{self.transport}"


@dataclass(frozen=True)
class Scenario:
    """A script, and what must come of it. `run` makes names that no other run uses."""

    title: str
    steps: Callable[[str], list[JSON]]
    proof: Proof
    beyond: Callable[[Cell], str] = lambda _cell: ""
    """Why this cannot work through a gateway in a cell; empty where it can."""


def call(tool: str, **arguments: Any) -> JSON:
    return {"do": "call", "tool": tool, "arguments": arguments}


def text_of(result: JSON) -> str:
    return " ".join(item["text"] for item in result["content"] if item["type"] == "text")


def texts(results: list[JSON]) -> list[str]:
    return [text_of(result) for result in results]


def shared_process(cell: Cell) -> str:
    """Modern clients share one process, and over stdio a log message does not say to which call it belongs."""
    shared = cell.transport == "stdio" and cell.era == "modern"
    return "log messages of a shared process belong to nobody" if shared else ""


def own_process(cell: Cell) -> str:
    """Each legacy session has a process of its own; what only one of them can do is on no list of the gateway's."""
    own = cell.transport == "stdio" and cell.era == "legacy"
    return "the tools of one session's process are not on the gateway's list" if own else ""


# --- the proofs ---------------------------------------------------------------------------------------------------


def greeted(seen: list[Any], cell: Cell) -> None:
    hello, ping = seen
    assert hello["server"] == "lab"
    assert hello["instructions"] == "A laboratory."
    assert {"tools", "resources", "prompts", "completions", "logging"} <= hello["capabilities"].keys()
    if cell.client != "ts1" or cell.transport == "http":  # it knows its version from the HTTP transport only
        assert (hello["version"] >= "2026") == (cell.era == "modern")
    assert ping == {}


def listed(seen: list[Any], cell: Cell) -> None:
    names = [tool["name"] for tool in seen[0]]
    assert {"ask", "count", "echo", "fail", "grow", "large", "log", "media", "sample", "shape", "slow"} <= set(names)


def called(seen: list[Any], cell: Cell) -> None:
    echo, shape, media, fail, large = seen
    assert text_of(echo) == UNICODE
    assert shape["structuredContent"] == {
        "region": "eu-wést",
        "sides": 4,
        "nested": {"list": [1, 2.5, None, True, "ü"]},
    }
    assert [item["type"] for item in media["content"]] == CONTENT_KINDS
    assert fail["isError"]
    assert "it broke" in text_of(fail)
    assert text_of(large) == "0123456789" * (LARGE // 10)


def progressed(seen: list[Any], cell: Cell) -> None:
    alone, together = seen
    for to, counted in zip([3, 4, 5, 6], [alone, *together], strict=True):
        assert text_of(counted["result"]) == f"counted to {to}"
        assert counted["progress"] == [[number, to, f"counted to {number}"] for number in range(1, to + 1)]


def cancelled(seen: list[Any], cell: Cell) -> None:
    given_up, story = seen
    assert given_up == {"given up": True}
    # The v1 Python client tells nobody that it gave up.
    assert text_of(story) == f"started, then {'finished' if cell.client == 'py1' else 'cancelled'}"


def asked(seen: list[Any], cell: Cell) -> None:
    ask, heard, sample = seen
    assert text_of(ask) == "hello, Ada"
    assert [question["message"] for question in heard] == ["Who is asking?"]
    assert text_of(sample) == "sampled [Summarize: a word]"


def rooted(seen: list[Any], cell: Cell) -> None:
    _, _, roots = seen  # some servers ask on the stream for notifications, which has to be open
    if cell.era == "modern":
        assert "back-channel" in roots["error"]["message"]
    else:
        assert text_of(roots) == "file:///lab"


def logged(seen: list[Any], cell: Cell) -> None:
    level, log, heard = seen
    assert level == {}
    assert text_of(log) == "logged"
    assert [message["level"] for message in heard][-1] == "warning"
    assert "a line" in json.dumps(heard[-1]["data"])


def read(seen: list[Any], cell: Cell) -> None:
    resources, templates, text, binary, note, unknown = seen
    assert [resource["uri"] for resource in resources] == ["lab://bytes", "lab://text"]
    assert [template["uriTemplate"] for template in templates] == ["lab://note/{key}"]
    assert text["contents"][0]["text"] == "grüße, 世界"
    assert binary["contents"][0]["blob"].startswith("iVBORw0KGgo")
    assert note["contents"][0]["uri"] == "lab://note/a%20b"
    assert note["contents"][0]["text"] in {"note a b", "note a%20b"}  # some SDKs decode the key, some do not
    assert "error" in unknown


def subscribed(seen: list[Any], cell: Cell) -> None:
    subscription, stirred, end = seen
    if cell.era == "modern":
        assert subscription == {"honored": {"resourceSubscriptions": ["lab://note/watched"]}}
    assert stirred["heard"] == {"uri": "lab://note/watched"}
    assert end == {}


def changed(seen: list[Any], cell: Cell) -> None:
    _, _, stirred, grow, heard, tools, shrink, heard_again, tools_after = seen
    assert stirred["heard"] == {"uri": "lab://note/watched"}
    name = text_of(grow).partition(" ")[0]
    assert heard == [{}]
    assert name in [tool["name"] for tool in tools]
    assert text_of(shrink) == f"{name} was taken away"
    assert heard_again == [{}]
    assert name not in [tool["name"] for tool in tools_after]


def grew(seen: list[Any], cell: Cell) -> None:
    _, _, _, grow, heard, grown, _ = seen
    assert heard
    del heard[1:]  # one for each stream that earlier scripts left open
    assert text_of(grown) == f"{text_of(grow).partition(' ')[0]} grew"


def prompted(seen: list[Any], cell: Cell) -> None:
    prompts, prompt, completion, template = seen
    assert [each["name"] for each in prompts] == ["greet"]
    assert prompt["messages"] == [{"role": "user", "content": {"type": "text", "text": "Greet eu-north."}}]
    assert completion["completion"]["values"] == ["eu-north", "eu-south"]
    assert "completion" in template or "error" in template


def unmixed(seen: list[Any], cell: Cell) -> None:
    (twins,) = seen
    for to, counted in zip([5, 6, 7], twins, strict=True):
        assert text_of(counted["result"]) == f"counted to {to}"
        assert [number for number, _, _ in counted["progress"]] == list(range(1, to + 1))


def crowded(seen: list[Any], cell: Cell) -> None:
    assert texts(seen[0]) == [f"word {number}" for number in range(25)]


def resumed(seen: list[Any], cell: Cell) -> None:
    (polled,) = seen
    assert text_of(polled["result"]) == "polled"
    assert polled["progress"] == [[1, 2, "before"], [2, 2, "after"]]


# --- the scripts --------------------------------------------------------------------------------------------------

WATCHED: Final = {"uri": "lab://note/watched"}
STIR: Final = {
    "do": "stir",
    "tool": "touch",
    "arguments": {"key": "watched"},
    "method": "notifications/resources/updated",
}

CHANGED: Final = {"do": "heard", "method": "notifications/tools/list_changed", "count": 1}


def counting(*numbers: int) -> list[JSON]:
    return [call("count", to=number) | {"progress": True} for number in numbers]


LAB: Final = {
    "hello": Scenario("handshake, ping", lambda _: [{"do": "hello"}, {"do": "ping"}], greeted),
    "tools": Scenario("list tools", lambda _: [{"do": "tools"}], listed),
    "call": Scenario(
        "call tools: text, structured, media, error, 1 MB, Unicode",
        lambda _: [
            call("echo", text=UNICODE),
            call("shape", region="eu-wést"),
            call("media"),
            call("fail", text="it broke"),
            call("large", size=LARGE),
        ],
        called,
    ),
    "progress": Scenario(
        "progress, also of calls at once",
        lambda _: [*counting(3), {"do": "together", "calls": counting(4, 5, 6)}],
        progressed,
    ),
    "cancel": Scenario(
        "cancel a call",
        lambda run: [
            {"do": "cancel", "tool": "slow", "arguments": {"name": run, "seconds": 1.5}},
            {"do": "until", "tool": "story", "arguments": {"name": run}, "says": "then"},
        ],
        cancelled,
    ),
    "ask": Scenario(
        "elicitation, sampling",
        lambda _: [
            call("ask"),
            {"do": "heard", "method": "elicitation/create", "count": 1},
            call("sample", text="a word"),
        ],
        asked,
    ),
    "roots": Scenario("roots", lambda _: [{"do": "subscribe", **WATCHED}, STIR, call("roots")], rooted),
    "log": Scenario(
        "log messages, log level",
        lambda _: [
            {"do": "level", "level": "warning"},
            call("log", text="a line"),
            {"do": "heard", "method": "notifications/message", "count": 1},
        ],
        logged,
        shared_process,
    ),
    "resources": Scenario(
        "list and read resources, templates",
        lambda _: [
            {"do": "resources"},
            {"do": "templates"},
            {"do": "read", "uri": "lab://text"},
            {"do": "read", "uri": "lab://bytes"},
            {"do": "read", "uri": "lab://note/a%20b"},
            {"do": "read", "uri": "lab://none"},
        ],
        read,
    ),
    "subscribe": Scenario(
        "subscribe to a resource",
        lambda _: [{"do": "subscribe", **WATCHED}, STIR, {"do": "unsubscribe", **WATCHED}],
        subscribed,
    ),
    "changes": Scenario(
        "changes of the tool list",
        lambda run: [
            {"do": "listen"},
            {"do": "subscribe", **WATCHED},
            STIR,  # from here on, streams for notifications are open
            call("grow", name=f"grown-{run}"),
            CHANGED,
            {"do": "tools"},
            call("shrink", name=f"grown-{run}"),
            CHANGED,
            {"do": "tools"},
        ],
        changed,
    ),
    "grown": Scenario(
        "call a tool that was added meanwhile",
        lambda run: [
            {"do": "listen"},
            {"do": "subscribe", **WATCHED},
            STIR,
            call("grow", name=f"added-{run}"),
            CHANGED,
            call(f"added-{run}"),
            call("shrink", name=f"added-{run}"),
        ],
        grew,
        own_process,
    ),
    "prompts": Scenario(
        "prompts, completion",
        lambda _: [
            {"do": "prompts"},
            {"do": "prompt", "name": "greet", "arguments": {"region": "eu-north"}},
            {
                "do": "complete",
                "ref": {"type": "ref/prompt", "name": "greet"},
                "argument": {"name": "region", "value": "eu"},
            },
            {
                "do": "complete",
                "ref": {"type": "ref/resource", "uri": "lab://note/{key}"},
                "argument": {"name": "key", "value": "us"},
            },
        ],
        prompted,
    ),
    "twins": Scenario(
        "clients with equal request ids at once", lambda _: [{"do": "twins", "calls": counting(5, 6, 7)}], unmixed
    ),
    "crowd": Scenario(
        "25 calls at once",
        lambda _: [{"do": "together", "calls": [call("echo", text=f"word {number}") for number in range(25)]}],
        crowded,
    ),
    "resume": Scenario(
        "resume a stream that the server closed", lambda _: [call("polled") | {"progress": True}], resumed
    ),
}
