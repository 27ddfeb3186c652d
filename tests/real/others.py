"""What clients do with the published servers."""

from __future__ import annotations

from typing import Any, Final

from scenarios import Cell, Scenario, call, text_of

DYNAMIC: Final = "demo://resource/dynamic/text/1"


def everything_called(seen: list[Any], cell: Cell) -> None:
    hello, tools, echo, total, image, weather, links, unknown = seen
    assert hello["server"] == "mcp-servers/everything"
    assert {"echo", "get-sum", "trigger-sampling-request", "trigger-elicitation-request", "get-roots-list"} <= {
        tool["name"] for tool in tools
    }
    assert text_of(echo) == "Echo: grüße"
    assert "5" in text_of(total)
    assert [item["type"] for item in image["content"]] == ["text", "image", "text"]
    assert weather["structuredContent"]["temperature"]
    assert [item["type"] for item in links["content"]].count("resource_link") == 3
    assert "error" in unknown


def everything_progressed(seen: list[Any], cell: Cell) -> None:
    (long,) = seen
    assert "completed" in text_of(long["result"])
    # The last one comes together with the result, and the TypeScript clients may drop it then.
    assert [number for number, _, _ in long["progress"]][:3] == [1, 2, 3]
    del long["progress"][3:]


def everything_asked(seen: list[Any], cell: Cell) -> None:
    sample, elicit, roots = seen
    assert "sampled [Resource trigger-sampling-request context: hi]" in text_of(sample)
    assert "Name: Ada" in text_of(elicit)
    assert "file:///lab" in text_of(roots)


def everything_read(seen: list[Any], cell: Cell) -> None:
    resources, templates, dynamic, prompts, prompt, completion = seen
    assert len(resources) == 7
    assert len(templates) == 2
    assert "Resource 1" in dynamic["contents"][0].pop("text")  # it holds the time of day
    assert len(prompts) == 4
    assert "Bern" in prompt["messages"][0]["content"]["text"]
    assert completion["completion"]["values"] == ["Engineering"]


EVERYTHING: Final = {
    "call": Scenario(
        "list and call tools",
        lambda _: [
            {"do": "hello"},
            {"do": "tools"},
            call("echo", message="grüße"),
            call("get-sum", a=2, b=3),
            call("get-tiny-image"),
            call("get-structured-content", location="Chicago"),
            call("get-resource-links", count=3),
            {"do": "read", "uri": "demo://resource/dynamic/text/none"},
        ],
        everything_called,
    ),
    "progress": Scenario(
        "progress",
        lambda _: [call("trigger-long-running-operation", duration=0.4, steps=4) | {"progress": True}],
        everything_progressed,
    ),
    "ask": Scenario(
        "sampling, elicitation, roots",
        lambda _: [
            call("trigger-sampling-request", prompt="hi", maxTokens=10),
            call("trigger-elicitation-request"),
            call("get-roots-list"),
        ],
        everything_asked,
    ),
    "resources": Scenario(
        "resources, prompts, completion",
        lambda _: [
            {"do": "resources"},
            {"do": "templates"},
            {"do": "read", "uri": DYNAMIC},
            {"do": "prompts"},
            {"do": "prompt", "name": "args-prompt", "arguments": {"city": "Bern"}},
            {
                "do": "complete",
                "ref": {"type": "ref/prompt", "name": "completable-prompt"},
                "argument": {"name": "department", "value": "E"},
            },
        ],
        everything_read,
    ),
}


def git_called(seen: list[Any], cell: Cell) -> None:
    tools, status, log, show, wrong = seen
    assert {"git_status", "git_log", "git_show"} <= {tool["name"] for tool in tools}
    assert "main" in text_of(status)
    assert "Begin" in text_of(log)
    assert "grüße" in text_of(show)
    assert wrong["isError"]


GIT: Final = {
    "call": Scenario(
        "list and call tools",
        lambda _: [
            {"do": "tools"},
            call("git_status", repo_path="repository"),
            call("git_log", repo_path="repository"),
            call("git_show", repo_path="repository", revision="HEAD"),
            call("git_show", repo_path="repository", revision="there-is-no-such-revision"),
        ],
        git_called,
    )
}


def time_called(seen: list[Any], cell: Cell) -> None:
    tools, converted = seen
    assert {tool["name"] for tool in tools} == {"get_current_time", "convert_time"}
    assert "T12:00:00+00:00" in text_of(converted)


TIME: Final = {
    "call": Scenario(
        "list and call tools",
        lambda _: [
            {"do": "tools"},
            call("convert_time", source_timezone="UTC", time="12:00", target_timezone="UTC"),
        ],
        time_called,
    )
}
